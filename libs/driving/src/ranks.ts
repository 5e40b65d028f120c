/** Ranks by a measure, 1 the best; equal values share the mean of their ranks (Demšar 2006), and null stays null. */
export function ranksByDirection(values: readonly (number | null)[], direction: 'higher' | 'lower'): (number | null)[] {
  const known = values.flatMap((value) => value ?? []);
  const isBetter = (a: number, b: number): boolean => (direction === 'lower' ? a < b : a > b);
  return values.map((value) => {
    if (value === null) return null;
    const better = known.filter((other) => isBetter(other, value)).length;
    const equal = known.filter((other) => other === value).length;
    return better + (equal + 1) / 2;
  });
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
