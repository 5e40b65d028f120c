import type { ColumnValues } from './column-cache.js';

/** For each of some samples, ascending, its row among other samples, ascending; −1 where it is missing. Undefined: they are the same. */
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

/** A column at rows that `rowsAmong` found; NaN where there is none. */
export function valuesAt(values: ColumnValues, rows: Int32Array | undefined): ColumnValues {
  return rows === undefined ? values : Float64Array.from(rows, (row) => values[row] ?? NaN);
}

/** Marks rows as not passing whose value is another one. */
export function keepEqual(passes: Uint8Array, values: ColumnValues, wanted: number): void {
  for (let at = 0; at < passes.length; at += 1) if (values[at] !== wanted) passes[at] = 0;
}

/** Marks rows as not passing whose value is outside of a range. NaN is in none. */
export function keepBetween(passes: Uint8Array, values: ColumnValues, low = -Infinity, high = Infinity): void {
  for (let at = 0; at < passes.length; at += 1) {
    const value = values[at] ?? NaN;
    if (!(value >= low && value <= high)) passes[at] = 0;
  }
}
