/** What survives at each keep fraction; entry i belongs to fraction i. */
export interface DescendingThresholds {
  /** θ: the k-th value, counted from 0, in descending order; −Infinity where k = n. A position is kept iff its value > θ. */
  readonly thresholds: Float32Array<ArrayBuffer>;
  /** How many positions are kept: k, or less when values tie with θ. */
  readonly kept: Int32Array<ArrayBuffer>;
  /** How many positions equal θ: 1 when nothing ties with it, 0 where θ is −Infinity. */
  readonly ties: Int32Array<ArrayBuffer>;
}

/**
 * k = ⌊n·f⌋ of the decimal number that f is written as: 29 of 100 at 0.29, where the product of the float64s is 28.999999999999996.
 * @param keepFraction in [0, 1]
 */
export function keepRank(positions: number, keepFraction: number): number {
  // The shortest decimal that is this float64: what a user wrote.
  const [digits = '', exponent = ''] = keepFraction.toExponential().split('e');
  const [whole = '', decimals = ''] = digits.split('.');
  const denominator = 10n ** BigInt(decimals.length - Number(exponent));
  return Number((BigInt(positions) * BigInt(whole + decimals)) / denominator);
}

/**
 * The thresholds of many keep fractions from one sort.
 *
 * Infinite values have their place in the order. A NaN compares with nothing: it is ranked below everything else and never
 * kept; a rank that falls among the NaNs has the threshold −Infinity.
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

/** The first of the upwards sorted values 0 … `end` − 1 that is > `threshold`, or `end`. */
function firstAbove(sorted: Float32Array, end: number, threshold: number): number {
  return bisect(end, (i) => (sorted[i] ?? NaN) > threshold);
}

function firstAtLeast(sorted: Float32Array, end: number, threshold: number): number {
  return bisect(end, (i) => (sorted[i] ?? NaN) >= threshold);
}

/** The first index below `end` for which `reached` holds, given that it then holds for all later ones. */
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
