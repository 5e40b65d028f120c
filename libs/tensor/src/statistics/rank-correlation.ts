import { pearson } from './pearson.js';

/** The rank of each value in ascending order, from 0. Equal values share the mean of their ranks. */
export function ranksOf(values: Float32Array | Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((one, other) => (values[one] ?? 0) - (values[other] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    const value = values[order[from] ?? 0];
    let to = from + 1;
    while (to < order.length && values[order[to] ?? 0] === value) to++;
    for (let place = from; place < to; place++) ranks[order[place] ?? 0] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/**
 * Spearman's rank correlation of two lists of equal length, given their ranks: Pearson's correlation of the ranks, as `spearmanr`
 * of SciPy. NaN if all values of a list are equal.
 */
export function rankCorrelation(ranksA: Float64Array, ranksB: Float64Array): number {
  return pearson(ranksA, ranksB);
}
