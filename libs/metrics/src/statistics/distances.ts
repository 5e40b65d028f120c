type Values = Float32Array | Float64Array;

/** ‖a − b‖₂, in double precision. */
export function euclideanDistance(a: Values, b: Values): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? NaN) - (b[at] ?? NaN);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** ‖a − b‖₁, in double precision. */
export function manhattanDistance(a: Values, b: Values): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? NaN) - (b[at] ?? NaN));
  return sum;
}

/** ‖a‖₂, in double precision. */
export function euclideanNorm(a: Values): number {
  let sum = 0;
  for (const value of a) sum += value * value;
  return Math.sqrt(sum);
}
