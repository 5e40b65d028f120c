import type { Tensor } from '@xaigrid/tensor';
import { mapsOfSamples } from './sample-maps.js';

/**
 * Σ_k w_k·A_k: how most of the CAM family makes a map out of one layer. Summed in float64.
 *
 * @param activations A, `[n, ...grid, channels]`
 * @param weights w, one a sample and channel, `[n, channels]`
 * @returns `[n, ...grid]`
 */
export function weightedFeatureMaps(activations: Tensor, weights: ArrayLike<number>): Tensor {
  return mapsOfSamples(activations, ({ sample, places, channels }) =>
    weightedSum({ activations: activations.data, places, channels }, weights, sample),
  );
}

/** Σ_k w_k·A_k at each place of one sample of several, in float64. @param sample which of them; of one alone 0 */
export function weightedSum(
  { activations, places, channels }: { readonly activations: Float32Array; readonly places: number; readonly channels: number },
  weights: ArrayLike<number>,
  sample = 0,
): Float64Array {
  const sums = new Float64Array(places);
  for (let place = 0; place < places; place++) {
    const first = (sample * places + place) * channels;
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += (weights[sample * channels + k] ?? NaN) * (activations[first + k] ?? NaN);
    sums[place] = sum;
  }
  return sums;
}
