import { XaigridError } from '@xaigrid/contracts';
import { LARGEST_SIGMA, type ModelDescription } from '@xaigrid/engine';
import {
  channelMeans,
  extremesOf,
  isTable,
  noiseWithin,
  rowsOf,
  sampleMinima,
  sampleRandom,
  sizeOf,
  type Tensor,
} from '@xaigrid/tensor';
import { z } from 'zod';
import type { ExplainRequest } from './explainer.js';

// Values that take the place of those of a sample: where a method hides a part of it, or where a path to it starts.

/** The sample blurred by a Gaussian. */
export const blurSchema = z.strictObject({ blur: z.number().positive().max(LARGEST_SIGMA) });

/** @throws SHAPE_MISMATCH for values that are made over the positions of a table */
export function assertPositions(method: string, baseline: unknown, { inputShape }: Pick<ModelDescription, 'inputShape'>): void {
  const blurred = typeof baseline === 'object' && baseline !== null && ('blur' in baseline || 'boxBlur' in baseline);
  if (!isTable(inputShape) || (baseline !== 'mean' && !blurred)) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${method}: the baseline ${blurred ? 'blur' : 'mean'} is made over the positions of a sample, and the features of a table are none. Choose background-mean or a number.`,
  );
}

/** The mean of each channel, the smallest or the largest value, everywhere in a sample. @param inputs `[n, ...inputShape]` */
export function filledSamples(fill: 'mean' | 'minimum' | 'maximum', inputs: Tensor): Tensor {
  if (fill === 'mean') return channelMeans(inputs);
  if (fill === 'minimum') return sampleMinima(inputs);
  const data = new Float32Array(inputs.data.length);
  const size = sizeOf(inputs.shape.slice(1));
  for (let from = 0; from < data.length; from += size)
    data.fill(extremesOf(inputs.data.subarray(from, from + size)).max, from, from + size);
  return { shape: inputs.shape, data };
}

/**
 * Uniform noise within the range of each sample, from the seed and the sample index.
 * @param copies images of noise for each sample @returns `[n · copies, ...inputShape]`
 */
export function noiseOfSamples(
  { inputs, sampleIndices }: Pick<ExplainRequest, 'inputs' | 'sampleIndices'>,
  { seed, stream, copies }: { readonly seed: number; readonly stream: number; readonly copies: number },
): Tensor {
  const [samples = 0, ...inputShape] = inputs.shape;
  const size = copies * sizeOf(inputShape);
  const data = new Float32Array(samples * size);
  for (const [row, sampleIndex] of sampleIndices.entries())
    data.set(noiseWithin(rowsOf(inputs, row, row + 1).data, sampleRandom(seed, sampleIndex, stream), size), row * size);
  return { shape: [samples * copies, ...inputShape], data };
}

/** The mean of references, in float64. @param references `[m, ...inputShape]` @returns `inputShape` */
export function meanOfReferences({ shape, data }: Tensor): Tensor {
  const inputShape = shape.slice(1);
  const size = sizeOf(inputShape);
  const sums = new Float64Array(size);
  for (let at = 0; at < data.length; at++) sums[at % size] = (sums[at % size] ?? 0) + (data[at] ?? NaN);
  return { shape: inputShape, data: Float32Array.from(sums, (sum) => (sum * size) / data.length) };
}
