import { createHash } from 'node:crypto';
import type { TableRow } from '@xaigrid/contracts';
import type { Store } from '@xaigrid/store';

/** All results of a run, as hashes over the stored bytes. Equal snapshots mean byte-equal maps and scores. */
export interface RunSnapshot {
  readonly evaluations: readonly { readonly label: string; readonly maps: string; readonly predictions: string }[];
  readonly scores: string;
  readonly scoreRows: number;
  /** The table without the name and id of the run. */
  readonly table: readonly TableRow[];
}

export async function snapshotOf(store: Store, reference: string): Promise<RunSnapshot> {
  const run = await store.runs.find(reference);
  const evaluations = [];
  for (const { id, plan, mapSetId, predictionSetId } of await store.runs.evaluations(run.id)) {
    const chosen = plan.chosen === undefined ? undefined : await store.runs.chosen(id, 0, plan.dataset.size);
    const end = chosen === undefined ? plan.samples : plan.dataset.size;
    const { maps, degenerate } = await store.maps.read(mapSetId, 0, end, chosen);
    const { outputs } = await store.predictions.read(predictionSetId, 0, end, chosen);
    const hash = createHash('sha256')
      .update(bytesOf(maps.data))
      .update(JSON.stringify([maps.shape, degenerate]));
    evaluations.push({
      label: plan.label,
      maps: hash.digest('hex'),
      predictions: createHash('sha256').update(bytesOf(outputs.data)).digest('hex'),
    });
  }
  const rows = await store.results.scores({ runId: run.id, limit: 1_000_000, offset: 0 });
  const table = (await store.results.table([run.id])).map((row) => ({ ...row, runId: '', runName: '' }));
  return { evaluations, scores: createHash('sha256').update(JSON.stringify(rows)).digest('hex'), scoreRows: rows.length, table };
}

/** The differences of two snapshots in words. Empty if they are equal. */
export function differencesOf(found: RunSnapshot, expected: RunSnapshot): string[] {
  const evaluations = expected.evaluations.flatMap(({ label, maps, predictions }, at) => {
    const other = found.evaluations[at];
    return [
      ...(other?.maps === maps ? [] : [`maps of ${label}`]),
      ...(other?.predictions === predictions ? [] : [`predictions of ${label}`]),
    ];
  });
  const cells = expected.table.flatMap((row, at) => {
    const [a, b] = [JSON.stringify(found.table[at]), JSON.stringify(row)];
    return a === b ? [] : [`table: ${a} for ${b}`];
  });
  return [
    ...evaluations,
    ...(found.scores === expected.scores ? [] : [`scores, ${found.scoreRows} for ${expected.scoreRows}`]),
    ...cells,
    ...(found.table.length > expected.table.length ? ['rows of the table that should not be'] : []),
  ];
}

function bytesOf(values: Float32Array<ArrayBuffer>): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
