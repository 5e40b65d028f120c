/**
 * Kendall's tau-b of two lists of one length (Kendall 1945): concordant less discordant pairs, over √(pairs that differ in the
 * first · pairs that differ in the second), as `kendalltau` of SciPy computes it. All pairs are looked at: for lists of methods,
 * not of samples.
 * @returns NaN where a list has one value only, or fewer than two values
 */
export function kendallTau(a: Float64Array, b: Float64Array): number {
  let [agreeing, differA, differB] = [0, 0, 0];
  for (let one = 0; one < a.length; one++) {
    for (let other = one + 1; other < a.length; other++) {
      const signA = Math.sign((a[one] ?? NaN) - (a[other] ?? NaN));
      const signB = Math.sign((b[one] ?? NaN) - (b[other] ?? NaN));
      agreeing += signA * signB;
      differA += signA * signA;
      differB += signB * signB;
    }
  }
  return differA === 0 || differB === 0 ? NaN : agreeing / Math.sqrt(differA * differB);
}
