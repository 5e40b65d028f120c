/** Solves A·x = b for a symmetric, positive definite A by A = L·Lᵀ, in float64; A's lower triangle, row by row, becomes L and b becomes x. */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const at = (i: number, k: number): number => a[i * n + k] ?? NaN;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = at(i, k);
      for (let m = 0; m < k; m++) sum -= at(i, m) * at(k, m);
      a[i * n + k] = i === k ? Math.sqrt(sum) : sum / at(k, k);
    }
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i] ?? NaN;
    for (let m = 0; m < i; m++) sum -= at(i, m) * (b[m] ?? NaN);
    b[i] = sum / at(i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i] ?? NaN;
    for (let m = i + 1; m < n; m++) sum -= at(m, i) * (b[m] ?? NaN);
    b[i] = sum / at(i, i);
  }
  return b;
}
