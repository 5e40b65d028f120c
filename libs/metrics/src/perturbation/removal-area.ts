import { trapezoid } from '../statistics/trapezoid.js';

/**
 * The area under the output while units are removed.
 *
 * @param outputs after each count of units
 * @param of `counts` of `units`, and F(x), the output before: the area from there on, over the share of units that is removed. Left out: the
 * area from the first output on, each step 1 wide, as `calculate_auc` of Quantus takes it.
 */
export function removalArea(
  outputs: Float64Array,
  of?: { readonly counts: readonly number[]; readonly units: number; readonly whole: number },
): number {
  if (of === undefined) return trapezoid(outputs);
  return trapezoid([of.whole, ...outputs], [0, ...of.counts.map((count) => count / of.units)]);
}
