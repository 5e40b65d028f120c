/**
 * Float64 values as float32, so that their sum stays: each value becomes one of the two floats next to it, the largest
 * first, whichever leaves less of the rounding errors' sum. What is left of it is at most half a unit in the last place of
 * the largest value, and with many values about one of the smallest; rounding each to the nearest float leaves √n times as
 * much. A value that is a float, 0 for one, stays.
 */
export function roundKeepingSum(values: Float64Array): Float32Array<ArrayBuffer> {
  const rounded = Float32Array.from(values);
  const magnitude = (index: number) => Math.abs(values[index] ?? 0);
  const descending = Array.from(values.keys()).sort((a, b) => magnitude(b) - magnitude(a));
  let error = 0;
  for (const index of descending) {
    const value = values[index] ?? 0;
    const nearest = rounded[index] ?? 0;
    const other = neighbourBeyond(value, nearest);
    const chosen = Math.abs(error + other - value) < Math.abs(error + nearest - value) ? other : nearest;
    rounded[index] = chosen;
    error += chosen - value;
  }
  return rounded;
}

/** The float next to `value` on the other side than `nearest`; `nearest` itself when `value` is that float. */
function neighbourBeyond(value: number, nearest: number): number {
  if (value === nearest || !Number.isFinite(nearest) || nearest === 0) return nearest;
  const float = Float32Array.of(nearest);
  const bits = new Int32Array(float.buffer);
  // A float's bits count its magnitude.
  bits[0] = (bits[0] ?? 0) + (Math.abs(value) > Math.abs(nearest) ? 1 : -1);
  return float[0] ?? nearest;
}
