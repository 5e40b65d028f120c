import { boxBlurred, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Background, ExplainRequest } from './explainer.js';
import { randomStreams } from './random-streams.js';
import { requiredBackground } from './required-background.js';
import { blurSchema, filledSamples, meanOfReferences, noiseOfSamples } from './sample-values.js';

/** What a method puts in the place of parts that it hides. */
export const hiddenSchema = z.union([
  z.number(),
  z.enum(['mean', 'minimum', 'uniform', 'background-mean']),
  blurSchema,
  z.strictObject({ boxBlur: z.int().min(1).max(10_000) }),
]);
export type Hidden = z.infer<typeof hiddenSchema>;

export const hiddenDescription =
  'a number; mean: the mean of each channel of the sample; minimum: the smallest value of the sample; { blur: SIGMA }: the sample blurred by a Gaussian of that many positions; { boxBlur: K }: the mean of K positions along each axis; uniform: uniform noise within the range of the sample; background-mean: the mean of `background: { dataset: NAME, size: N }`.';

/** `needsBackground` of methods whose baseline is one of these, or is one of their own. */
export function hiddenNeedsBackground({ baseline }: { readonly baseline?: unknown }): boolean {
  return baseline === 'background-mean';
}

/** Values in the place of hidden ones: the same for all samples, `[n, ...inputShape]`, or the sample blurred by the engine. */
export type HiddenValues = Tensor | { readonly blur: number };

/**
 * The values of each sample of a request. Noise depends on the seed and the sample index only.
 * @throws SPEC_INVALID without the background that they are made of
 */
export async function hiddenValues(
  hidden: Hidden,
  { inputs, sampleIndices }: Pick<ExplainRequest, 'inputs' | 'sampleIndices'>,
  { seed, background }: { readonly seed: number; readonly background?: Background },
): Promise<HiddenValues> {
  const inputShape = inputs.shape.slice(1);
  if (typeof hidden === 'number') return { shape: inputShape, data: new Float32Array(sizeOf(inputShape)).fill(hidden) };
  if (typeof hidden === 'object') return 'blur' in hidden ? hidden : boxBlurred(inputs, hidden.boxBlur);
  if (hidden === 'background-mean') return backgroundMean(requiredBackground('baseline: background-mean', background));
  if (hidden !== 'uniform') return filledSamples(hidden, inputs);
  return noiseOfSamples({ inputs, sampleIndices }, { seed, stream: randomStreams.hiddenNoise, copies: 1 });
}

const means = new WeakMap<Background, Promise<Tensor>>();

/** Computed once for a background, whose samples need not stay in memory. */
function backgroundMean(background: Background): Promise<Tensor> {
  const known = means.get(background);
  if (known !== undefined) return known;
  const mean = background.load().then(meanOfReferences);
  means.set(background, mean);
  return mean;
}
