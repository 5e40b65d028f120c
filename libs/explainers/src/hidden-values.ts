import { XaigridError } from '@xaigrid/contracts';
import { LARGEST_SIGMA, type ModelDescription } from '@xaigrid/engine';
import { channelMeans, isTable, noiseWithin, rowsOf, sampleMinima, sampleRandom, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { ExplainRequest } from './explainer.js';
import { randomStreams } from './random-streams.js';

/** What a method puts in the place of parts that it hides. */
export const hiddenSchema = z.union([
  z.number(),
  z.enum(['mean', 'minimum', 'uniform']),
  z.strictObject({ blur: z.number().positive().max(LARGEST_SIGMA) }),
]);
export type Hidden = z.infer<typeof hiddenSchema>;

export const hiddenDescription =
  'a number; mean: the mean of each channel of the sample; minimum: the smallest value of the sample; { blur: SIGMA }: the sample blurred by a Gaussian of that many positions; uniform: uniform noise within the range of the sample.';

/** @throws SHAPE_MISMATCH for values that are made over the positions of a table */
export function assertHidden(method: string, hidden: Hidden, { inputShape }: Pick<ModelDescription, 'inputShape'>): void {
  if (!isTable(inputShape) || (hidden !== 'mean' && typeof hidden !== 'object')) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${method}: the baseline ${hidden === 'mean' ? 'mean' : 'blur'} is made over the positions of a sample, and the features of a table are none. Give a number.`,
  );
}

/** Values in the place of hidden ones: the same for all samples, `[n, ...inputShape]`, or the sample blurred by the engine. */
export type HiddenValues = Tensor | { readonly blur: number };

/** The values of each sample of a request. Noise depends on the seed and the sample index only. */
export function hiddenValues(
  hidden: Hidden,
  { inputs, sampleIndices }: Pick<ExplainRequest, 'inputs' | 'sampleIndices'>,
  seed: number,
): HiddenValues {
  const inputShape = inputs.shape.slice(1);
  if (typeof hidden === 'number') return { shape: inputShape, data: new Float32Array(sizeOf(inputShape)).fill(hidden) };
  if (typeof hidden === 'object') return hidden;
  if (hidden === 'mean') return channelMeans(inputs);
  if (hidden === 'minimum') return sampleMinima(inputs);
  const size = sizeOf(inputShape);
  const data = new Float32Array(inputs.data.length);
  for (const [row, sampleIndex] of sampleIndices.entries()) {
    const random = sampleRandom(seed, sampleIndex, randomStreams.hiddenNoise);
    data.set(noiseWithin(rowsOf(inputs, row, row + 1).data, random), row * size);
  }
  return { shape: inputs.shape, data };
}
