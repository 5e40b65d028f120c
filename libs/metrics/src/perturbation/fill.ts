import { XaigridError } from '@xaigrid/contracts';
import type { MaskBaseline, ModelDescription } from '@xaigrid/engine';
import { extremesOf, isTable, noiseWithin, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { assertBaselineFits, baselineSchema, canonicalBaseline, engineBaseline } from './baseline.js';

const ownSchema = z.enum(['inverted', 'uniform']);
type Own = z.infer<typeof ownSchema>;

/** The values that replace removed units, as metrics that remove units in an order take them. */
export const fillSchema = z.union([ownSchema, baselineSchema]);
export type Fill = z.infer<typeof fillSchema>;

/** The names allowed besides a baseline, for descriptions of parameters. */
export const fillDescription =
  'What replaces a removed unit: inverted (the sample with its values mirrored between its smallest and its largest), uniform (each value drawn between these two), or what other metrics take as baseline: zero, mean, minimum, { blur: SIGMA }, a number, one number a channel, or values of the shape of an input.';

/**
 * Completes a setting whose `baseline` is a fill.
 * @throws SHAPE_MISMATCH for a fill that does not fit the model
 */
export function withFill<One extends { readonly baseline: Fill }>(setting: One, { inputShape }: ModelDescription): One {
  const { baseline } = setting;
  if (!isOwn(baseline)) {
    assertBaselineFits(baseline, inputShape);
    return { ...setting, baseline: canonicalBaseline(baseline) };
  }
  if (!isTable(inputShape)) return setting;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `The baseline "${baseline}" takes the smallest and the largest value of a sample, and the features of a table have ranges of their own. Give one number for each feature, such as its mean over the training set.`,
  );
}

/** Whether the fill is drawn at random, and so differs each time. */
export function isDrawn(fill: Fill): boolean {
  return fill === 'uniform';
}

/**
 * The fill as the engine takes it.
 * @param drawing inputs `[n, ...inputShape]`, and the random numbers of each sample; only `uniform` uses them
 */
export function engineFill(
  fill: Fill,
  { inputs, randoms }: { readonly inputs: Tensor; readonly randoms: readonly SampleRandom[] },
): MaskBaseline {
  if (!isOwn(fill)) return engineBaseline(fill, inputs);
  const size = sizeOf(inputs.shape.slice(1));
  const data = new Float32Array(inputs.data.length);
  for (const [sample, random] of randoms.entries()) {
    const values = inputs.data.subarray(sample * size, (sample + 1) * size);
    data.set(fill === 'inverted' ? mirrored(values) : noiseWithin(values, random), sample * size);
  }
  return { shape: inputs.shape, data };
}

/** Between their smallest and their largest. */
function mirrored(values: Float32Array<ArrayBuffer>): Float32Array {
  const { min, max } = extremesOf(values);
  return values.map((value) => min + max - value);
}

function isOwn(fill: Fill): fill is Own {
  return ownSchema.safeParse(fill).success;
}
