import { extremesOf } from './extremes.js';
import type { SampleRandom } from './random/sample-random.js';
import { sumOf } from './running-moments.js';
import { sizeOf, type Tensor } from './tensor.js';

/**
 * Every value of a sample replaced by the mean of its channel over the positions of that sample, in float64.
 * @param inputs `[n, ...positions, channels]` @returns the same shape
 */
export function channelMeans(inputs: Tensor): Tensor {
  const [samples = 0, ...inputShape] = inputs.shape;
  const channels = inputShape.at(-1) ?? 1;
  const size = sizeOf(inputShape);
  const means = new Float32Array(inputs.data.length);
  const values = new Float64Array(size / channels);
  for (let sample = 0; sample < samples; sample++) {
    for (let channel = 0; channel < channels; channel++) {
      const first = sample * size + channel;
      for (let position = 0; position < values.length; position++)
        values[position] = inputs.data[first + position * channels] ?? NaN;
      const mean = sumOf(values) / values.length;
      for (let position = 0; position < values.length; position++) means[first + position * channels] = mean;
    }
  }
  return { shape: inputs.shape, data: means };
}

/** Every value of a sample replaced by the smallest value of that sample over all channels. @param inputs `[n, ...]` */
export function sampleMinima({ shape, data }: Tensor): Tensor {
  const size = sizeOf(shape.slice(1));
  const filled = new Float32Array(data.length);
  for (let from = 0; from < data.length; from += size) {
    filled.fill(extremesOf(data.subarray(from, from + size)).min, from, from + size);
  }
  return { shape, data: filled };
}

/** Uniform noise between the smallest and the largest of some values. @param length how many; default as many as there are */
export function noiseWithin(
  values: Float32Array<ArrayBuffer>,
  random: SampleRandom,
  length = values.length,
): Float32Array<ArrayBuffer> {
  const { min, max } = extremesOf(values);
  const noise = new Float32Array(length);
  for (let at = 0; at < length; at++) noise[at] = min + (max - min) * random.uniform();
  return noise;
}
