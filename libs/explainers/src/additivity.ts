import { rowsOf, sumOf, type Tensor } from '@xaigrid/tensor';

/** If the change is smaller than this, the error is divided by this, because rounding alone is a large share of a tiny change. */
const SMALLEST_CHANGE = 0.01;

/**
 * How far maps are from adding up to the change of the output that they explain: `additivityError` in the output's units,
 * `additivityMiss` as a share of |change|, or of 0.01 if |change| is smaller.
 * @param attributions `[n, ...]`
 * @param changes per sample, F(x) minus the output that it is compared with
 */
export function additivity(
  attributions: Tensor,
  changes: Float64Array,
): { readonly additivityError: Float64Array<ArrayBuffer>; readonly additivityMiss: Float64Array<ArrayBuffer> } {
  const additivityError = Float64Array.from(changes, (change, sample) =>
    Math.abs(sumOf(rowsOf(attributions, sample, sample + 1).data) - change),
  );
  const additivityMiss = additivityError.map(
    (error, sample) => error / Math.max(SMALLEST_CHANGE, Math.abs(changes[sample] ?? NaN)),
  );
  return { additivityError, additivityMiss };
}
