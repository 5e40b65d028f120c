/**
 * Intervals for a mean after every number of values: all of them hold at the same time with a given probability. So one may look
 * after each value, and stop whenever one likes.
 */
export interface MeanSequence {
  /** After how many values an interval first lay above `mean`. Undefined: none did. */
  above(mean: number): number | undefined;
  /** After how many values an interval first lay below `mean`. Undefined: none did. */
  below(mean: number): number | undefined;
  /** What all intervals so far have in common. It may be infinite. */
  interval(): { readonly low: number; readonly high: number };
}

/** What two sequences on the same values both say, each of its own mean: the later time, and the hull of the intervals. */
export function bothSay(one: MeanSequence, other: MeanSequence): MeanSequence {
  const later = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : Math.max(a, b);
  return {
    above: (mean) => later(one.above(mean), other.above(mean)),
    below: (mean) => later(one.below(mean), other.below(mean)),
    interval() {
      const [a, b] = [one.interval(), other.interval()];
      return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
    },
  };
}

/** The mean of both where rounding, or an error that the sequence may make, has left nothing between the ends. */
export function orderedInterval(low: number, high: number): { readonly low: number; readonly high: number } {
  if (low <= high) return { low, high };
  const middle = (low + high) / 2;
  return { low: middle, high: middle };
}
