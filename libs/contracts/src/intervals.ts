import type { Interval } from './results.js';

/** The 97.5 % quantile of the standard normal distribution, z in 95 % intervals. */
const quantile = 1.959963984540054;

/**
 * The 95 % interval of a mean by the normal approximation, mean ± z·√(variance/n).
 * @param options.variance the sample variance (n − 1)
 * @returns undefined for fewer than two values, which have no variance
 */
export function normalInterval(options: {
  readonly mean: number;
  readonly variance: number;
  readonly count: number;
}): Interval | undefined {
  const { mean, variance, count } = options;
  if (count < 2) return undefined;
  const half = quantile * Math.sqrt(variance / count);
  return { low: mean - half, high: mean + half };
}

/**
 * The interval of a value, cut where the value cannot be: a mean lies within the range of what it is a mean of, so the interval
 * holds it as often as before. A bound never crosses the value itself, and a bound that is within the range stays as it is.
 */
export function withinRange(
  { low, high }: Interval,
  { value, range }: { readonly value: number; readonly range: { readonly low?: number; readonly high?: number } },
): Interval {
  return {
    low: range.low === undefined ? low : Math.max(low, Math.min(range.low, value)),
    high: range.high === undefined ? high : Math.min(high, Math.max(range.high, value)),
  };
}

/** The standard deviation of the values of which `normalInterval` gives this interval. */
export function standardDeviationOf({ low, high }: Interval, count: number): number {
  return ((high - low) / (2 * quantile)) * Math.sqrt(count);
}

/**
 * The 95 % score interval of a share (Wilson 1927), without continuity correction. It stays within 0 … 1. It has a width even if
 * all or none of the values are ones, unlike the normal interval.
 * @returns undefined for no values
 */
export function wilsonInterval(options: { readonly ones: number; readonly count: number }): Interval | undefined {
  const { ones, count } = options;
  if (count < 1) return undefined;
  const share = ones / count;
  const square = quantile * quantile;
  const centre = share + square / (2 * count);
  const half = quantile * Math.sqrt((share * (1 - share)) / count + square / (4 * count * count));
  const scale = 1 + square / count;
  // In exact arithmetic the bounds are 0 and 1 here. Rounding must not move them outside.
  return { low: ones === 0 ? 0 : (centre - half) / scale, high: ones === count ? 1 : (centre + half) / scale };
}
