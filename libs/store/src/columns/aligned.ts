import type { ColumnValues } from './column-cache.js';

/** For each of some samples, ascending, its row among other samples, ascending; −1 where it is missing. */
export function rowsAmong(samples: ColumnValues, others: ColumnValues): Int32Array<ArrayBuffer> | undefined {
  if (areEqual(samples, others)) return undefined;
  const rows = new Int32Array(samples.length);
  let row = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    while (row < others.length && (others[row] ?? 0) < sample) row += 1;
    rows[at] = others[row] === sample ? row : -1;
  }
  return rows;
}

function areEqual(a: ColumnValues, b: ColumnValues): boolean {
  if (a.length !== b.length) return false;
  return (
    Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.byteLength), Buffer.from(b.buffer, b.byteOffset, b.byteLength)) === 0
  );
}

/** A column of others at the rows of these samples. */
export function valueAt(values: ColumnValues, rows: Int32Array | undefined, at: number): number {
  const row = rows === undefined ? at : (rows[at] ?? -1);
  return row < 0 ? NaN : (values[row] ?? NaN);
}
