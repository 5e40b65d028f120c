import { solvePositiveDefinite } from '../positive-definite.js';

/**
 * The coefficients that minimise Σ_j w_j·(b + Σ_i z_ji·β_i − y_j)² + λ·Σ_i β_i², in float64: a weighted ridge regression whose
 * intercept b is not shrunk (`sklearn.linear_model.Ridge`). Rows and targets are centred by their weighted means, which takes b out.
 *
 * @param rows z, each with one number per coefficient
 * @param penalty λ, above 0
 */
export function weightedRidge(
  rows: readonly Uint8Array[],
  targets: Float64Array,
  weights: Float64Array,
  penalty: number,
): Float64Array {
  const count = rows[0]?.length ?? 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const means = new Float64Array(count);
  let target = 0;
  for (const [j, row] of rows.entries()) {
    const share = (weights[j] ?? NaN) / total;
    target += share * (targets[j] ?? NaN);
    for (let i = 0; i < count; i++) means[i] = (means[i] ?? 0) + share * (row[i] ?? 0);
  }
  const normal = new Float64Array(count * count);
  const right = new Float64Array(count);
  const centred = new Float64Array(count);
  for (const [j, row] of rows.entries()) {
    for (let i = 0; i < count; i++) centred[i] = (row[i] ?? 0) - (means[i] ?? NaN);
    for (let i = 0; i < count; i++) {
      const scaled = (weights[j] ?? NaN) * (centred[i] ?? NaN);
      right[i] = (right[i] ?? 0) + scaled * ((targets[j] ?? NaN) - target);
      for (let k = 0; k <= i; k++) normal[i * count + k] = (normal[i * count + k] ?? 0) + scaled * (centred[k] ?? NaN);
    }
  }
  for (let i = 0; i < count; i++) normal[i * count + i] = (normal[i * count + i] ?? 0) + penalty;
  return solvePositiveDefinite(normal, right);
}
