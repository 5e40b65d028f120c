import type { MeasureDescription } from './descriptions.js';

/**
 * Numbers that differ by this share of their scale or less differ by rounding alone. Outputs and maps are float32, which rounds by
 * 2⁻²⁴ = 6e-8 of a number, and a score is made of several of them. This is eight float32 epsilons (8 · 2⁻²³ = 9.5e-7), rounded up.
 */
export const ROUNDING = 1e-6;

/**
 * The size of the numbers that a score of this measure is made of: they round, however small their difference is. It is the larger
 * bound of the range, or what the measure itself says; 0 if only the values can tell.
 */
export function scaleOf({ range, scale }: Pick<MeasureDescription, 'range' | 'scale'>): number {
  return scale ?? Math.max(Math.abs(range.low ?? 0), Math.abs(range.high ?? 0));
}

/** Whether two values of a measure are the same number but for rounding. @param scale of the measure: `scaleOf` */
export function isSameValue(a: number, b: number, scale: number): boolean {
  return a === b || differenceOf(a, b, scale) === 0;
}

/** a − b, and 0 where they differ by rounding alone. */
export function differenceOf(a: number, b: number, scale: number): number {
  const difference = a - b;
  const size = Math.abs(difference);
  // Of an infinite value nothing else is rounding.
  return size < Infinity && size <= ROUNDING * Math.max(scale, Math.abs(a), Math.abs(b)) ? 0 : difference;
}

/**
 * Positions of values, the best first. Values that differ from the best of their group by rounding alone are one group. NaN is left
 * out.
 */
export function placesByValue(
  values: readonly number[],
  { direction, scale }: { readonly direction: 'higher' | 'lower'; readonly scale: number },
): number[][] {
  const sign = direction === 'lower' ? 1 : -1;
  const valueAt = (at: number): number => values[at] ?? NaN;
  const order = [...values.keys()].filter((at) => !Number.isNaN(valueAt(at)));
  const groups: number[][] = [];
  for (const at of order.sort((a, b) => sign * (valueAt(a) - valueAt(b)))) {
    const [best] = groups.at(-1) ?? [];
    if (best !== undefined && isSameValue(valueAt(best), valueAt(at), scale)) groups.at(-1)?.push(at);
    else groups.push([at]);
  }
  return groups;
}
