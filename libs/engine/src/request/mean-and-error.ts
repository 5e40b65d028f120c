type Float32 = Float32Array<ArrayBuffer>;

/**
 * The mean and its standard error from sums and sums of squares over `draws`. The error is NaN for one draw. The sample variance
 * is (Σy² − (Σy)²/n)/(n − 1), never below 0.
 */
export function meanAndError(options: { readonly sums: Float64Array; readonly squares: Float64Array; readonly draws: number }): {
  means: Float32;
  errors: Float32;
} {
  const { sums, squares, draws } = options;
  const means = new Float32Array(sums.length);
  const errors = new Float32Array(sums.length);
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i] ?? 0;
    const variance = Math.max(0, (squares[i] ?? 0) - (sum * sum) / draws) / (draws - 1);
    means[i] = sum / draws;
    errors[i] = draws === 1 ? Number.NaN : Math.sqrt(variance / draws);
  }
  return { means, errors };
}
