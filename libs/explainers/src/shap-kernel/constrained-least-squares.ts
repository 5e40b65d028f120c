import { solvePositiveDefinite } from '../positive-definite.js';
import type { Coalitions } from './coalitions.js';

/**
 * The φ that minimise Σ_j w_j·(Σ_i z_ji·φ_i − y_j)² under Σφ = `total`, in float64. The last φ is `total` minus the others, so
 * there is one unknown less. The others are found by the Cholesky decomposition of the normal equations.
 * @param values y, the value of each coalition minus that of the empty one
 */
export function constrainedLeastSquares({ members, weights }: Coalitions, values: Float64Array, total: number): Float64Array {
  const features = members[0]?.length ?? 1;
  const unknowns = features - 1;
  const normal = new Float64Array(unknowns * unknowns);
  const right = new Float64Array(unknowns);
  const row = new Float64Array(unknowns);
  for (const [j, set] of members.entries()) {
    const weight = weights[j] ?? NaN;
    const last = set[unknowns] ?? 0;
    const y = (values[j] ?? NaN) - last * total;
    for (let i = 0; i < unknowns; i++) row[i] = (set[i] ?? 0) - last;
    for (let i = 0; i < unknowns; i++) {
      const scaled = weight * (row[i] ?? 0);
      if (scaled === 0) continue;
      right[i] = (right[i] ?? 0) + scaled * y;
      for (let k = 0; k <= i; k++) normal[i * unknowns + k] = (normal[i * unknowns + k] ?? 0) + scaled * (row[k] ?? 0);
    }
  }
  const solved = solvePositiveDefinite(normal, right);
  return Float64Array.from({ length: features }, (_, i) =>
    i < unknowns ? (solved[i] ?? NaN) : total - solved.reduce((sum, value) => sum + value, 0),
  );
}
