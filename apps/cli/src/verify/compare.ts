import { join } from 'node:path';
import type { ScoreRow } from '@xaigrid/contracts';
import { float32Of, openNpyRows } from '@xaigrid/tensor';
import { exportedScores, scoreKey } from './exported-scores.js';
import type { ExportedMaps, Manifest } from './read-export.js';

/** How some numbers of an export compare with those that were computed again. */
export interface Agreement {
  /** Numbers or maps that both have. */
  compared: number;
  /** Of them, those that are equal bit by bit. */
  equal: number;
  /** The largest difference. */
  largest: number;
  /** Those that differ by more than the tolerance. */
  different: number;
  /** Those that were computed again and that the export lacks. */
  missing: number;
}

export function noAgreement(): Agreement {
  return { compared: 0, equal: 0, largest: 0, different: 0, missing: 0 };
}

function count(agreement: Agreement, difference: number, tolerance: number): void {
  agreement.compared += 1;
  if (difference === 0) agreement.equal += 1;
  else if (!(difference <= tolerance)) agreement.different += 1;
  agreement.largest = Math.max(agreement.largest, Number.isNaN(difference) ? Infinity : difference);
}

/** The map of one sample that was computed again. */
export interface ComputedMap {
  readonly sampleIndex: number;
  readonly values: Float32Array;
}

/** Each map against its row in the file: the largest difference as a share of the map's largest value. */
export async function compareMaps(
  folder: string,
  { file, sampleIndices }: Pick<ExportedMaps, 'file' | 'sampleIndices'>,
  { maps, tolerance }: { readonly maps: readonly ComputedMap[]; readonly tolerance: number },
): Promise<Agreement> {
  const agreement = noAgreement();
  if (file === undefined) return { ...agreement, missing: maps.length };
  const rowOf = new Map(sampleIndices?.map((sampleIndex, row) => [sampleIndex, row]));
  const rows = await openNpyRows(join(folder, file), { name: file, code: 'EXPORT_UNREADABLE' });
  try {
    for (const { sampleIndex, values } of maps) {
      const row = sampleIndices === undefined ? sampleIndex : rowOf.get(sampleIndex);
      const stored = row === undefined ? undefined : float32Of(await rows.read(row, row + 1)).data;
      if (stored === undefined || stored.every((value) => Number.isNaN(value))) agreement.missing += 1;
      else count(agreement, relativeDifference(stored, values), tolerance);
    }
  } finally {
    await rows.close();
  }
  return agreement;
}

function relativeDifference(stored: Float32Array, values: Float32Array): number {
  if (stored.length !== values.length) return Infinity;
  let [difference, largest] = [0, 0];
  for (const [at, value] of values.entries()) {
    if (Object.is(stored[at], value)) continue;
    difference = Math.max(difference, Math.abs((stored[at] ?? NaN) - value));
  }
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return difference === 0 ? 0 : difference / (largest === 0 ? 1 : largest);
}

/** Scores by evaluation: those of the export against those that were computed again, which are not many. */
export async function compareScores(
  folder: string,
  manifest: Manifest,
  { scores, tolerance }: { readonly scores: ReadonlyMap<number, readonly ScoreRow[]>; readonly tolerance: number },
): Promise<Map<number, Agreement>> {
  const agreements = new Map([...scores.keys()].map((evaluation) => [evaluation, noAgreement()]));
  /** What was computed again and not found yet. */
  const waiting = new Map<string, { readonly evaluation: number; readonly value: number }>();
  for (const [evaluation, rows] of scores)
    for (const row of rows)
      for (const [measure, value] of Object.entries(row.measures))
        waiting.set(`${measure} ${scoreKey(row)}`, { evaluation, value });
  for await (const { key, measure, value } of exportedScores(folder, manifest)) {
    const found = waiting.get(`${measure} ${key}`);
    if (found === undefined) continue;
    waiting.delete(`${measure} ${key}`);
    const agreement = agreements.get(found.evaluation) ?? noAgreement();
    const difference = Object.is(found.value, value) ? 0 : Math.abs(found.value - value);
    count(agreement, difference / Math.max(1, Math.abs(found.value)), tolerance);
  }
  for (const { evaluation } of waiting.values()) {
    const agreement = agreements.get(evaluation);
    if (agreement !== undefined) agreement.missing += 1;
  }
  return agreements;
}
