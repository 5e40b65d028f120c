import { resizeLinear, sizeOf, type Tensor } from '@xaigrid/tensor';

/**
 * max(Σ_k w_k·A_k, 0), resized bilinearly: how the CAM family makes a map out of one layer.
 *
 * @param activations A, `[n, ...positions, channels]`
 * @param weights w, one a sample and channel, `[n, channels]`
 * @param positions of the map
 * @returns `[n, ...positions]`
 */
export function weightedFeatureMaps(activations: Tensor, weights: Tensor['data'], positions: readonly number[]): Tensor {
  const [samples = 0] = activations.shape;
  const channels = activations.shape.at(-1) ?? 1;
  const places = sizeOf(activations.shape.slice(1, -1));
  const data = new Float32Array(activations.data.length / channels);
  for (let at = 0; at < data.length; at++) {
    const sample = Math.floor(at / places);
    let sum = 0;
    for (let k = 0; k < channels; k++)
      sum += (weights[sample * channels + k] ?? NaN) * (activations.data[at * channels + k] ?? NaN);
    data[at] = Math.max(sum, 0);
  }
  const resized = resizeLinear({ shape: [...activations.shape.slice(0, -1), 1], data }, positions);
  return { shape: [samples, ...positions], data: resized.data };
}
