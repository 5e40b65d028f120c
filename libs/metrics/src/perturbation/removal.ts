import type { Target } from '@xaigrid/contracts';
import type { MaskBaseline } from '@xaigrid/engine';
import { outputsOfClasses, type Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from '../metric.js';
import { MOST_ROWS } from '../samples-per-call.js';
import { maskedOutputs } from './masked-outputs.js';

/** A removal (or insertion) of units in an order. */
export interface Removal {
  /**
   * The rank of each position or value in its sample's order: `[n, ...positions]` (all channels of a position together) or `[n,
   * ...inputShape]`. Whole numbers from 0, below 2²⁴: exact in float32.
   */
  readonly places: Tensor;
  /** How many units are removed, or kept, at each step: the same for all samples, or by sample. */
  readonly counts: readonly number[] | ((sample: number) => readonly number[]);
  /** `remove`: the first `count` units are replaced by the baseline. `insert`: all others are. */
  readonly way: 'remove' | 'insert';
  readonly baseline: MaskBaseline;
  /** Default: the probability. */
  readonly target?: Target | undefined;
}

/**
 * The scored class's output after each step of each sample, `[n][counts]`. The engine masks, so no copies are made here.
 * @throws MODEL_UNSUPPORTED for outputs that should be probabilities and are none
 */
export async function removalOutputs(
  { engine, sampleIndices, shared, inputs, classes, signal }: Omit<ScoreRequest, 'maps' | 'predictions' | 'settings' | 'seed'>,
  { places, counts, way, baseline, target }: Removal,
): Promise<Float64Array<ArrayBuffer>[]> {
  const samples = inputs.shape[0] ?? 0;
  // The engine keeps what is above a threshold: ranks from `count` on, or, negated, ranks below it.
  const maps = way === 'remove' ? places : { shape: places.shape, data: places.data.map((place) => -place) };
  const steps = Array.from({ length: samples }, (_, sample) => (typeof counts === 'function' ? counts(sample) : counts));
  const curves = steps.map(({ length }) => new Float64Array(length));
  const longest = Math.max(0, ...curves.map(({ length }) => length));
  const perCall = Math.max(1, Math.floor(MOST_ROWS / Math.max(1, samples)));
  for (let from = 0; from < longest; from += perCall) {
    signal?.throwIfAborted();
    const rows: (readonly [sample: number, step: number, count: number])[] = [];
    for (let step = from; step < Math.min(longest, from + perCall); step++) {
      for (const [sample, own] of steps.entries()) {
        const count = own[step];
        if (count !== undefined) rows.push([sample, step, count]);
      }
    }
    const sampleOf = Int32Array.from(rows, ([sample]) => sample);
    const above = Float32Array.from(rows, ([, , count]) => (way === 'remove' ? count - 1 : -count));
    const outputs = await maskedOutputs(
      { engine, sampleIndices, shared },
      { inputs, sampleOf, masks: { maps, above }, baseline, ...(target === undefined ? {} : { target }) },
    );
    const own = outputsOfClasses(
      outputs,
      sampleOf.map((sample) => classes[sample] ?? -1),
    );
    for (const [row, [sample, step]] of rows.entries()) {
      const curve = curves[sample];
      if (curve !== undefined) curve[step] = own[row] ?? NaN;
    }
  }
  return curves;
}
