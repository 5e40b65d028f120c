/** Up to here the series, beyond the continued fraction: both have 1e-14 there. */
const SERIES_TO = 3;
const STEPS = 200;

/** P(Z > z) of a standard normal Z, for z ≥ 0; relative error below 1e-13, so that small p-values are right as well. */
export function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z <= SERIES_TO) {
    // ½ − φ(z)·(z + z³/3 + z⁵/15 + …), Abramowitz & Stegun 26.2.11.
    let term = z;
    let sum = z;
    for (let odd = 3; term > sum * 1e-17 && odd < 2 * STEPS; odd += 2) {
      term *= (z * z) / odd;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  // φ(z)/(z + 1/(z + 2/(z + 3/(z + …)))), Abramowitz & Stegun 26.2.14, from its far end.
  let denominator = z;
  for (let step = STEPS; step > 0; step--) denominator = z + step / denominator;
  return density / denominator;
}
