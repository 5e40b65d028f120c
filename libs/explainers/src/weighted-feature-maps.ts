import { sizeOf, type Tensor } from '@xaigrid/tensor';

/**
 * Σ_k w_k·A_k: how most of the CAM family makes a map out of one layer. Summed in float64.
 *
 * @param activations A, `[n, ...grid, channels]`
 * @param weights w, one a sample and channel, `[n, channels]`
 * @returns `[n, ...grid]`
 */
export function weightedFeatureMaps(activations: Tensor, weights: ArrayLike<number>): Tensor {
  const shape = activations.shape.slice(0, -1);
  const channels = activations.shape.at(-1) ?? 1;
  const places = sizeOf(shape.slice(1));
  const data = new Float32Array(sizeOf(shape));
  for (let at = 0; at < data.length; at++) {
    const sample = Math.floor(at / places);
    let sum = 0;
    for (let k = 0; k < channels; k++)
      sum += (weights[sample * channels + k] ?? NaN) * (activations.data[at * channels + k] ?? NaN);
    data[at] = sum;
  }
  return { shape, data };
}
