import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import { LARGEST_SIGMA, type MaskBaseline, type ModelDescription } from '@xaigrid/engine';
import { channelMeans, isTable, sampleMinima, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';

type Nested = number | readonly Nested[];
const nested: z.ZodType<Nested> = z.lazy(() => z.union([z.number(), z.array(nested)]));

const blurSchema = z.strictObject({ blur: z.number().positive().max(LARGEST_SIGMA) });

export const baselineSchema = z
  .union([z.enum(['zero', 'mean', 'minimum']), z.number(), blurSchema, z.array(nested).min(1)])
  .meta({
    description:
      'What replaces a removed position: zero, mean (of each channel over the positions of the sample itself), minimum (the smallest value of the sample, of all channels), { blur: SIGMA } (the sample blurred by a Gaussian of that many positions), a number, one number a channel, or values of the shape of an input.',
  });
export type Baseline = z.infer<typeof baselineSchema>;

/** The parameter `baseline` of metrics. */
export const baselineParameter = baselineSchema.default('zero');

/**
 * Completes a setting that has a baseline (`settingRules`).
 * @throws SHAPE_MISMATCH for a baseline that does not fit the model
 */
export function withBaseline<One extends { readonly baseline: Baseline }>(
  setting: One,
  { inputShape }: Pick<ModelDescription, 'inputShape'>,
): One {
  assertBaselineFits(setting.baseline, inputShape);
  return { ...setting, baseline: canonicalBaseline(setting.baseline) };
}

/** The one way to write each baseline: 0 is `zero`. */
export function canonicalBaseline(baseline: Baseline): Baseline {
  return baseline === 0 ? 'zero' : baseline;
}

/**
 * @throws SHAPE_MISMATCH for an array that neither has one number per channel nor the input's shape, and for a mean or a blur
 * over the features of a table, which have no neighbours
 */
export function assertBaselineFits(baseline: Baseline, inputShape: readonly number[]): void {
  if (isTable(inputShape) && (baseline === 'mean' || isBlur(baseline))) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `The baseline ${baseline === 'mean' ? '"mean"' : '"blur"'} is taken over the positions of a sample, and a table's ${inputShape.join('')} features are none. Give one number for each feature, such as its mean over the training set.`,
    );
  }
  if (!Array.isArray(baseline)) return;
  const shape = shapeOf(baseline);
  if (shape !== undefined && (sameShape(shape, inputShape) || sameShape(shape, inputShape.slice(-1)))) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `The baseline has the shape ${shape === undefined ? 'of a ragged array' : `[${shape.join(', ')}]`}. Give a number, ${inputShape.at(-1) === 1 ? 'a list of one number' : `one number for each of the ${inputShape.at(-1) ?? 0} channels`}, or values of the input's shape [${inputShape.join(', ')}].`,
  );
}

/**
 * The baseline as the engine takes it: in the shape of one input if it is the same for all samples, otherwise `[n,
 * ...inputShape]`. The engine itself blurs.
 *
 * `mean` is the mean of each channel over the positions of the sample itself (in float64), so it depends neither on other samples
 * nor on how they are cut into shards. `minimum` is the smallest value of the sample over all channels; Quantus calls it black.
 *
 * @param inputs `[n, ...inputShape]`
 */
export function engineBaseline(baseline: Baseline, inputs: Tensor): MaskBaseline {
  const inputShape = inputs.shape.slice(1);
  if (baseline === 'mean') return channelMeans(inputs);
  if (baseline === 'minimum') return sampleMinima(inputs);
  if (isBlur(baseline)) return baseline;
  const value = baseline === 'zero' ? 0 : baseline;
  const data = new Float32Array(sizeOf(inputShape));
  if (typeof value === 'number') return { shape: inputShape, data: data.fill(value) };
  assertBaselineFits(value, inputShape);
  const values = flattened(value);
  // One number per channel repeats at every position; channels are the last axis.
  for (let i = 0; i < data.length; i++) data[i] = values[i % values.length] ?? NaN;
  return { shape: inputShape, data };
}

function isBlur(baseline: Baseline): baseline is z.infer<typeof blurSchema> {
  return typeof baseline === 'object' && 'blur' in baseline;
}

/** The shape of a nested array. Undefined if it is not rectangular. */
function shapeOf(value: Nested): readonly number[] | undefined {
  if (typeof value === 'number') return [];
  const [first, ...others] = value.map(shapeOf);
  if (first === undefined || others.some((other) => other === undefined || !sameShape(other, first))) return undefined;
  return [value.length, ...first];
}

function flattened(value: Nested): number[] {
  return typeof value === 'number' ? [value] : value.flatMap(flattened);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
