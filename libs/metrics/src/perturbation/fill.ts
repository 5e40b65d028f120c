import { XaigridError } from '@xaigrid/contracts';
import type { MaskBaseline, ModelDescription } from '@xaigrid/engine';
import { extremesOf, isTable, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { assertBaselineFits, baselineSchema, canonicalBaseline, engineBaseline } from './baseline.js';

const ownSchema = z.enum(['inverted', 'uniform']);
type Own = z.infer<typeof ownSchema>;

/** What stands where units are removed, as metrics that remove units in an order take it. */
export const fillSchema = z.union([ownSchema, baselineSchema]);
export type Fill = z.infer<typeof fillSchema>;

/** What may be said besides a baseline, for descriptions of parameters. */
export const fillDescription =
  'What replaces a removed unit: inverted (the sample with its values mirrored between its smallest and its largest), uniform (each value drawn between these two), or what other metrics take as baseline: zero, mean, minimum, { blur: SIGMA }, a number, one number a channel, or values of the shape of an input.';

/**
 * Completes a setting that has a fill as its `baseline`.
 * @throws SHAPE_MISMATCH for one that does not fit the model
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

/** Whether it is another one each time. */
export function isDrawn(fill: Fill): boolean {
  return fill === 'uniform';
}

/**
 * The fill as the engine takes it.
 * @param drawing inputs `[n, ...inputShape]`, and of each sample its random numbers, which only `uniform` takes
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
    const { min, max } = extremesOf(values);
    const valueAt = fill === 'inverted' ? (value: number) => min + max - value : () => min + (max - min) * random.uniform();
    for (const [at, value] of values.entries()) data[sample * size + at] = valueAt(value);
  }
  return { shape: inputs.shape, data };
}

function isOwn(fill: Fill): fill is Own {
  return ownSchema.safeParse(fill).success;
}
