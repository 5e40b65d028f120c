import type { WeightedMaskSumRequest } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';

/**
 * Which feature maps take part in SISE: those with α_k > μ·max_k α_k, strictly.
 *
 * With μ in [0, 1) that is none when max α ≤ 0, that is when no feature map speaks for the class: μ·max is then at least
 * max, so no rule of its own is needed. It is also none when a gradient is NaN.
 *
 * @param gradients α, `[n, channels]`: the class output's gradient averaged over the positions of each feature map.
 * @returns pairs of (sample, channel), both ascending.
 */
export function keptFeatureMaps(gradients: Tensor, gradientThreshold: number): WeightedMaskSumRequest['rows'] {
  const [samples = 0, channels = 0] = gradients.shape;
  const sampleOf: number[] = [];
  const channelOf: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const alphas = gradients.data.subarray(sample * channels, (sample + 1) * channels);
    const least = Math.fround(gradientThreshold * Math.max(...alphas));
    for (const [channel, alpha] of alphas.entries()) {
      if (alpha > least) {
        sampleOf.push(sample);
        channelOf.push(channel);
      }
    }
  }
  return { sample: Int32Array.from(sampleOf), channel: Int32Array.from(channelOf) };
}
