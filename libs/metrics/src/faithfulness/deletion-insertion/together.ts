import { descendingThresholds, keepRank, outputsOfClasses, rowsOf } from '@xaigrid/tensor';
import { maskedOutputs } from '../../perturbation/masked-outputs.js';
import { MOST_ROWS } from '../../samples-per-call.js';
import type { Curves, Masking, Point } from './curves.js';

/** Curves along thresholds: equal values are inserted and removed together, and the share is the one that is really present. */
export async function curvesTogether(masking: Masking, steps: number): Promise<Curves> {
  const { maps } = masking;
  const nothing = await outputsAbove(masking, new Float32Array(maps.shape[0] ?? 0).fill(Infinity));
  const inserted = await keptCurves(masking, steps);
  // Removing the highest leaves the lowest. So this is the curve of the negated map, read backwards.
  const left = await keptCurves({ ...masking, maps: { shape: maps.shape, data: maps.data.map((value) => -value) } }, steps);
  const isTied = (curve: readonly Kept[] | undefined) => curve?.some(({ tied }) => tied) === true;
  return { nothing, inserted, left, tied: inserted.map((curve, sample) => isTied(curve) || isTied(left[sample])) };
}

interface Kept extends Point {
  /** Values equal to the threshold made the share differ from the wanted one. */
  readonly tied: boolean;
}

/** For each sample, the points between the ends by ascending share. The highest values of its map are kept first. */
async function keptCurves(masking: Masking, steps: number): Promise<Kept[][]> {
  const { maps } = masking;
  const samples = maps.shape[0] ?? 0;
  const size = maps.data.length / Math.max(1, samples);
  const fractions = Array.from({ length: steps - 1 }, (_, i) => (i + 1) / steps);
  const ranked = Array.from({ length: samples }, (_, sample) =>
    descendingThresholds(rowsOf(maps, sample, sample + 1).data, fractions),
  );
  const thresholds = Float32Array.from(fractions.flatMap((_, i) => ranked.map((one) => one.thresholds[i] ?? NaN)));
  const outputs = await outputsAbove(masking, thresholds);
  return ranked.map(({ kept }, sample) =>
    fractions.map((fraction, i) => ({
      share: (kept[i] ?? NaN) / size,
      output: outputs[i * samples + sample] ?? NaN,
      tied: kept[i] !== keepRank(size, fraction),
    })),
  );
}

/**
 * The outputs when only map values above a threshold are kept.
 * @param thresholds entry `t * n + i` for sample i
 * @returns the scored class's output for each entry
 */
async function outputsAbove(
  { engine, sampleIndices, shared, inputs, maps, classes, baseline, target, signal }: Masking,
  thresholds: Float32Array<ArrayBuffer>,
): Promise<Float64Array<ArrayBuffer>> {
  const samples = classes.length;
  const rowsPerCall = Math.max(1, Math.floor(MOST_ROWS / Math.max(1, samples))) * samples;
  const outputs = new Float64Array(thresholds.length);
  for (let from = 0; from < thresholds.length; from += rowsPerCall) {
    signal?.throwIfAborted();
    const above = thresholds.slice(from, from + rowsPerCall);
    const sampleOf = Int32Array.from(above, (_, row) => row % samples);
    const masked = await maskedOutputs(
      { engine, sampleIndices, shared },
      { inputs, sampleOf, masks: { maps, above }, baseline, target },
    );
    outputs.set(
      outputsOfClasses(
        masked,
        sampleOf.map((sample) => classes[sample] ?? -1),
      ),
      from,
    );
  }
  return outputs;
}
