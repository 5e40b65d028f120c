import type { WeightedMaskSumRequest } from '@xaigrid/engine';
import { levelsOf, otsuThreshold, type Tensor } from '@xaigrid/tensor';

export const selections = ['threshold', 'otsu'] as const;

export interface FeatureMapChoice {
  readonly selection: (typeof selections)[number];
  /** μ of `selection: threshold`, in [0, 1). */
  readonly gradientThreshold: number;
  readonly maskBudget?: number | undefined;
}

/**
 * Which feature maps take part in SISE, of each sample.
 *
 * `threshold`: those with α_k > μ·max_k α_k, strictly. With μ in [0, 1) that is none when max α ≤ 0, that is when no feature
 * map speaks for the class: μ·max is then at least max, so no rule of its own is needed. It is also none when a gradient is NaN.
 *
 * `otsu`: of the positive α, divided by the largest, those above Otsu's threshold over 256 levels; all of them when they are on
 * one level.
 *
 * Of these at most `maskBudget`: the largest α, of equal ones those of the lower channel.
 *
 * @param gradients α, `[n, channels]`: the class output's gradient averaged over the positions of each feature map.
 * @returns pairs of (sample, channel), both ascending.
 */
export function keptFeatureMaps(gradients: Tensor, choice: FeatureMapChoice): WeightedMaskSumRequest['rows'] {
  const [samples = 0, channels = 0] = gradients.shape;
  const sampleOf: number[] = [];
  const channelOf: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const alphas = gradients.data.subarray(sample * channels, (sample + 1) * channels);
    for (const channel of withinBudget(chosenChannels(alphas, choice), alphas, choice.maskBudget)) {
      sampleOf.push(sample);
      channelOf.push(channel);
    }
  }
  return { sample: Int32Array.from(sampleOf), channel: Int32Array.from(channelOf) };
}

type Alphas = Float32Array<ArrayBuffer>;

function chosenChannels(alphas: Alphas, { selection, gradientThreshold }: FeatureMapChoice): number[] {
  const largest = Math.max(...alphas);
  if (selection === 'threshold') return channelsWhere(alphas, (alpha) => alpha > Math.fround(gradientThreshold * largest));
  const positive = channelsWhere(alphas, (alpha) => alpha > 0);
  const levels = levelsOf(Float32Array.from(positive, (channel) => (alphas[channel] ?? NaN) / largest));
  const threshold = otsuThreshold(levels);
  const above = positive.filter((_, at) => (levels[at] ?? 0) > threshold);
  return above.length > 0 ? above : positive;
}

function channelsWhere(alphas: Alphas, holds: (alpha: number) => boolean): number[] {
  return [...alphas.keys()].filter((channel) => holds(alphas[channel] ?? NaN));
}

function withinBudget(chosen: readonly number[], alphas: Alphas, budget: number | undefined): readonly number[] {
  if (budget === undefined || chosen.length <= budget) return chosen;
  const descending = [...chosen].sort((a, b) => (alphas[b] ?? NaN) - (alphas[a] ?? NaN) || a - b);
  return descending.slice(0, budget).sort((a, b) => a - b);
}
