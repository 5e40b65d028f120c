/**
 * Intervals for a mean after every number of values: all of them hold at the same time with a given probability. So one may look
 * after each value, and stop whenever one likes. Values come in random order, without replacement, from a population of known
 * size; the mean is that of the population.
 */
export interface MeanSequence {
  /** After how many values an interval first lay above `mean`. Undefined: none did. */
  above(mean: number): number | undefined;
  /** After how many values an interval first lay below `mean`. Undefined: none did. */
  below(mean: number): number | undefined;
  /** What all intervals so far have in common. It may be infinite. */
  interval(): { readonly low: number; readonly high: number };
}

export interface MeanSequenceOptions {
  /** The number of values in the population: at least as many as there are values. */
  readonly population: number;
  /** The probability that any of the intervals misses the mean; half of it on each side. */
  readonly alpha: number;
}

/** The mean of both where rounding, or an error that `alpha` allows, has left nothing between the ends. */
export function orderedInterval(low: number, high: number): { readonly low: number; readonly high: number } {
  if (low <= high) return { low, high };
  const middle = (low + high) / 2;
  return { low: middle, high: middle };
}
