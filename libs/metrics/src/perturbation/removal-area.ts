import { trapezoid } from '../statistics/trapezoid.js';

/**
 * The area under the output while units are removed.
 *
 * @param outputs after each count of units
 * @param of `counts` of `units`, and the output before, F(x): then the area begins there, over the share of removed units.
 * Absent: the area begins at the first output and each step is 1 wide, as `calculate_auc` of Quantus takes it.
 */
export function removalArea(
  outputs: Float64Array,
  of?: { readonly counts: readonly number[]; readonly units: number; readonly whole: number },
): number {
  if (of === undefined) return trapezoid(outputs);
  return trapezoid([of.whole, ...outputs], [0, ...of.counts.map((count) => count / of.units)]);
}
