/**
 * Shapley values by their definition: the mean over all orders of the features, by coalitions, of what a feature adds.
 * @param value of the coalition whose features are the bits set in a number below 2^features
 */
export function shapleyValues(features: number, value: (coalition: number) => number): Float64Array {
  const values = Float64Array.from({ length: 2 ** features }, (_, coalition) => value(coalition));
  const sizes = values.map((_, coalition) => coalition.toString(2).replaceAll('0', '').length);
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const weights = Array.from({ length: features }, (_, s) => (factorial(s) * factorial(features - 1 - s)) / factorial(features));
  return Float64Array.from({ length: features }, (_, feature) =>
    values.reduce((sum, without, coalition) => {
      if ((coalition & (1 << feature)) !== 0) return sum;
      const added = (values[coalition | (1 << feature)] ?? NaN) - without;
      return sum + (weights[sizes[coalition] ?? 0] ?? NaN) * added;
    }, 0),
  );
}

/** Pearson's correlation. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const centred = (values: ArrayLike<number>) => {
    const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    return Array.from(values, (value) => value - mean);
  };
  const [x, y] = [centred(a), centred(b)];
  const dot = (one: readonly number[], other: readonly number[]) =>
    one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}
