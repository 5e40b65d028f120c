import type { Interval } from '@xaigrid/contracts';

/** The 97.5 % quantile of the standard normal distribution: two-sided 95 %. */
const QUANTILE = 1.959963984540054;

/**
 * 95 % interval of a mean by the normal approximation: mean ± 1.96·√(s²/n).
 *
 * @param sample.variance the sample variance s², with n − 1 in the denominator.
 * @returns undefined for fewer than two samples, which have no variance. Not cut off at the ends of the measure's range.
 */
export function meanInterval(sample: {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}): Interval | undefined {
  const { count, mean, variance } = sample;
  if (count < 2) return undefined;
  const half = QUANTILE * Math.sqrt(variance / count);
  return { low: mean - half, high: mean + half };
}

/**
 * 95 % score interval of a share (Wilson 1927), without continuity correction: as
 * `scipy.stats.binomtest(ones, count).proportion_ci(method='wilson')`.
 *
 * @returns undefined when there are no samples. Inside [0, 1], also for shares of 0 and 1, where it has a width too.
 */
export function wilsonInterval(sample: { readonly count: number; readonly ones: number }): Interval | undefined {
  const { count, ones } = sample;
  if (count === 0) return undefined;
  const share = ones / count;
  const z2 = QUANTILE * QUANTILE;
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (QUANTILE / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count));
  // At the ends centre and half are equal up to rounding.
  return { low: ones === 0 ? 0 : centre - half, high: ones === count ? 1 : centre + half };
}
