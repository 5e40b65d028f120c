/** For each keep fraction, which positions of a map are kept. Entry i of each array belongs to fraction i. */
export interface DescendingThresholds {
  /** θ: the k-th value, counted from 0, in descending order; −Infinity where k = n. A position is kept iff its value > θ. */
  readonly thresholds: Float32Array<ArrayBuffer>;
  /** How many positions are kept: k, or less when values tie with θ. */
  readonly kept: Int32Array<ArrayBuffer>;
  /** How many positions equal θ: 1 when nothing ties with it, 0 where θ is −Infinity. */
  readonly ties: Int32Array<ArrayBuffer>;
}

/**
 * The rank k = ⌊n·f⌋ for n positions and keep fraction f. f counts as the decimal number that the user wrote: 29 of 100 at 0.29,
 * although the product of the float64 numbers is 28.999999999999996.
 * @param keepFraction in [0, 1]
 */
export function keepRank(positions: number, keepFraction: number): number {
  // The shortest decimal that reads back as this float64 is what a user wrote.
  const [digits = '', exponent = ''] = keepFraction.toExponential().split('e');
  const [whole = '', decimals = ''] = digits.split('.');
  const denominator = 10n ** BigInt(decimals.length - Number(exponent));
  return Number((BigInt(positions) * BigInt(whole + decimals)) / denominator);
}

/**
 * The thresholds of many keep fractions, from one sort.
 *
 * Infinite values have their place in the order. A NaN ranks below everything else and is never kept. A rank that falls among the
 * NaNs has the threshold −Infinity.
 *
 * @param values one sample's map, any order.
 * @param keepFractions each in [0, 1].
 */
export function descendingThresholds(values: Float32Array<ArrayBuffer>, keepFractions: readonly number[]): DescendingThresholds {
  const sorted = values.slice().sort();
  // Typed arrays sort upwards with the NaNs last.
  let comparable = sorted.length;
  while (comparable > 0 && Number.isNaN(sorted[comparable - 1])) comparable--;
  const thresholds = new Float32Array(keepFractions.length);
  const kept = new Int32Array(keepFractions.length);
  const ties = new Int32Array(keepFractions.length);
  for (const [i, keepFraction] of keepFractions.entries()) {
    const rank = keepRank(sorted.length, keepFraction);
    const threshold = rank < comparable ? (sorted[comparable - 1 - rank] ?? NaN) : -Infinity;
    const above = firstAbove(sorted, comparable, threshold);
    thresholds[i] = threshold;
    kept[i] = comparable - above;
    ties[i] = rank < comparable ? above - firstAtLeast(sorted, above, threshold) : 0;
  }
  return { thresholds, kept, ties };
}

/** The index of the first value > `threshold` among the first `end` of the ascending values, or `end` if there is none. */
function firstAbove(sorted: Float32Array, end: number, threshold: number): number {
  return bisect(end, (i) => (sorted[i] ?? NaN) > threshold);
}

function firstAtLeast(sorted: Float32Array, end: number, threshold: number): number {
  return bisect(end, (i) => (sorted[i] ?? NaN) >= threshold);
}

/** The first index below `end` for which `reached` holds, or `end`. Once `reached` holds, it must hold for all later indices. */
function bisect(end: number, reached: (index: number) => boolean): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (reached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
