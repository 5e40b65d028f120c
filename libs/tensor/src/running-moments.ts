import type { TypedArray } from './tensor.js';

/** Mean and variance of a stream of numbers. */
export interface Moments {
  readonly count: number;
  /** NaN when nothing was added. */
  readonly mean: number;
  /** Σ(v − mean)², in float64. */
  readonly squaredDeviations: number;
}

/** Takes numbers one at a time and knows their mean and variance. */
export interface RunningMoments {
  add(value: number): void;
  moments(): Moments;
}

/** Welford's recurrence (1962) in float64: one pass, and no cancellation when the mean is large against the deviation. */
export function createRunningMoments(): RunningMoments {
  let count = 0;
  let mean = 0;
  let squaredDeviations = 0;
  return {
    add(value) {
      count++;
      const before = value - mean;
      mean += before / count;
      squaredDeviations += before * (value - mean);
    },
    moments: () => ({ count, mean: count === 0 ? NaN : mean, squaredDeviations }),
  };
}

/** The mean and variance of all `values`, in float64. */
export function momentsOf(values: TypedArray): Moments {
  const running = createRunningMoments();
  for (const value of values) running.add(value);
  return running.moments();
}

/** Σ(v − mean)²/n: numpy's `var()`. */
export function populationVariance({ count, squaredDeviations }: Moments): number {
  return squaredDeviations / count;
}

/** Σ(v − mean)²/(n − 1): numpy's `var(ddof=1)`; NaN for fewer than two values. */
export function sampleVariance({ count, squaredDeviations }: Moments): number {
  return count < 2 ? NaN : squaredDeviations / (count - 1);
}

/** Neumaier's compensated sum in float64: the rounding error does not grow with the number of values. */
export function sumOf(values: TypedArray): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  // An infinite sum makes `lost` NaN.
  return Number.isFinite(sum) ? sum + lost : sum;
}
