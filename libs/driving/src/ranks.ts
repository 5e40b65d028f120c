import { placesByValue } from '@xaigrid/contracts';

/**
 * Ranks by a measure, 1 the best; values that are equal but for rounding share the mean of their ranks (Demšar 2006), and null stays
 * null. @param by.scale of the measure, of which values round
 */
export function ranksByDirection(
  values: readonly (number | null)[],
  by: { readonly direction: 'higher' | 'lower'; readonly scale: number },
): (number | null)[] {
  const groups = placesByValue(
    values.map((value) => value ?? NaN),
    by,
  );
  const ranks = new Map<number, number>();
  let better = 0;
  for (const group of groups) {
    for (const at of group) ranks.set(at, better + (group.length + 1) / 2);
    better += group.length;
  }
  return values.map((_, at) => ranks.get(at) ?? null);
}

/** null of nothing. */
export function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** null of nothing; of an even number the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return values.length === 0 ? null : ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
