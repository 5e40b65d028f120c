/** Deviations below this share of the mean are rounding errors. SciPy's `pearsonr` warns about such a nearly constant list. */
const NEARLY_CONSTANT = 1e-13;

/**
 * Pearson's correlation of two lists of equal length, as `pearsonr` of SciPy. NaN if all values of a list are equal, up to
 * rounding.
 */
export function pearson(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const deviationA = (a[at] ?? NaN) - meanA;
    const deviationB = (b[at] ?? NaN) - meanB;
    product += deviationA * deviationB;
    squaresA += deviationA ** 2;
    squaresB += deviationB ** 2;
  }
  if (Math.sqrt(squaresA) <= NEARLY_CONSTANT * Math.abs(meanA) || Math.sqrt(squaresB) <= NEARLY_CONSTANT * Math.abs(meanB))
    return NaN;
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA * squaresB)));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
