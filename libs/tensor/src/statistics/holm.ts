/**
 * Holm's step-down correction for a family of tests (Holm 1979, "A simple sequentially rejective multiple test procedure"): the
 * i-th smallest of m p-values times m − i + 1, at most 1, and never less than the one before. Who calls significant what is at
 * most α here errs anywhere in the family with a probability of at most α, however the tests depend on each other.
 * @returns in the order of `pValues`
 */
export function holmAdjusted(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[a] ?? NaN) - (pValues[b] ?? NaN));
  const adjusted = pValues.map(() => NaN);
  let least = 0;
  for (const [place, at] of order.entries()) {
    least = Math.max(least, Math.min(1, (order.length - place) * (pValues[at] ?? NaN)));
    adjusted[at] = least;
  }
  return adjusted;
}
