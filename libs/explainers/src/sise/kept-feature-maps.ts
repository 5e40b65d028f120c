import { levelsOf, otsuThreshold, type Tensor } from '@xaigrid/tensor';

export const selections = ['threshold', 'otsu'] as const;

export interface FeatureMapChoice {
  readonly selection: (typeof selections)[number];
  /** μ of `selection: threshold`, in [0, 1). */
  readonly gradientThreshold: number;
  readonly maskBudget?: number | undefined;
}

export interface KeptFeatureMaps {
  /** Pairs of (sample, channel), both ascending. */
  readonly rows: { readonly sample: Int32Array<ArrayBuffer>; readonly channel: Int32Array<ArrayBuffer> };
  /**
   * For each sample, the number of feature maps for which rounding decides, `[n]`: those that are added or dropped if one α is
   * larger or smaller by 1e-5 of the largest |α|. A gradient of exactly 0 stays 0, because such a feature map does not reach the
   * class.
   */
  readonly undecided: Float64Array<ArrayBuffer>;
}

/**
 * Two engines in float32 differ by up to 2e-6 of the largest |α| if α is near 0 (1,000 digits of MNIST-1D, three layers, up to a
 * factor that all α of a sample share). Deeper models round more often.
 */
const ROUNDING = 1e-5;

/**
 * The feature maps of each sample that take part in SISE.
 *
 * `threshold`: those with α_k > μ·max_k α_k, strictly. With μ in [0, 1) there is none if max α ≤ 0, that is if no feature map
 * raises the class output: μ·max is then at least max. There is also none if a gradient is NaN.
 *
 * `otsu`: the positive α, divided by the largest, above Otsu's threshold over 256 levels; all of them if they are on one level.
 *
 * Of these at most `maskBudget`: those with the largest α, and among equal ones those of the lower channel.
 *
 * @param gradients α, `[n, channels]`: the class output's gradient averaged over the positions of each feature map
 */
export function keptFeatureMaps(gradients: Tensor, choice: FeatureMapChoice): KeptFeatureMaps {
  const [samples = 0, channels = 0] = gradients.shape;
  const sampleOf: number[] = [];
  const channelOf: number[] = [];
  const undecided = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const alphas = gradients.data.slice(sample * channels, (sample + 1) * channels);
    const kept = keptChannels(alphas, choice);
    for (const channel of kept) {
      sampleOf.push(sample);
      channelOf.push(channel);
    }
    undecided[sample] = undecidedChannels(alphas, choice, kept);
  }
  return { rows: { sample: Int32Array.from(sampleOf), channel: Int32Array.from(channelOf) }, undecided };
}

type Alphas = Float32Array<ArrayBuffer>;

function keptChannels(alphas: Alphas, choice: FeatureMapChoice): readonly number[] {
  return withinBudget(chosenChannels(alphas, choice), alphas, choice.maskBudget);
}

function undecidedChannels(alphas: Alphas, choice: FeatureMapChoice, kept: readonly number[]): number {
  const margin = ROUNDING * alphas.reduce((largest, alpha) => Math.max(largest, Math.abs(alpha)), 0);
  const changed = new Set<number>();
  for (const channel of channelsWhere(alphas, mayTurn(alphas, choice, { kept, margin }))) {
    for (const shift of [margin, -margin]) {
      const others = keptChannels(alphas.with(channel, (alphas[channel] ?? NaN) + shift), choice);
      for (const one of kept) if (!others.includes(one)) changed.add(one);
      for (const one of others) if (!kept.includes(one)) changed.add(one);
    }
  }
  return changed.size;
}

/** Whether an α is so near to a limit of the choice that rounding may change the result. Most samples have none. */
function mayTurn(
  alphas: Alphas,
  { selection, gradientThreshold, maskBudget }: FeatureMapChoice,
  { kept, margin }: { readonly kept: readonly number[]; readonly margin: number },
): (alpha: number) => boolean {
  const largest = Math.max(...alphas);
  const places = [selection === 'threshold' ? Math.max(0, gradientThreshold * largest) : 0];
  if (kept.length === maskBudget) places.push(Math.min(...kept.map((channel) => alphas[channel] ?? NaN)));
  const level = (alpha: number): number => levelsOf(Float32Array.of(alpha / largest))[0] ?? 0;
  return (alpha) =>
    alpha !== 0 &&
    (places.some((place) => Math.abs(alpha - place) <= margin) ||
      (selection === 'otsu' && level(alpha + margin) !== level(alpha - margin)));
}

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
