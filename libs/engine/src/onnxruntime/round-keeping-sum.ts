/**
 * Rounds float64 values to float32 so that their sum stays almost the same. Each value becomes one of the two floats next to it,
 * the largest values first: the one that leaves the smaller sum of rounding errors. The remaining error is at most half a unit in
 * the last place of the largest value. With many values it is about one unit of the smallest. Rounding each value to the nearest
 * float leaves √n times as much. A value that is a float, such as 0, stays.
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

/** The float next to `value` on the other side from `nearest`. It is `nearest` itself if `value` is that float. */
function neighbourBeyond(value: number, nearest: number): number {
  if (value === nearest || !Number.isFinite(nearest) || nearest === 0) return nearest;
  const float = Float32Array.of(nearest);
  const bits = new Int32Array(float.buffer);
  // The bits of a float, read as an integer, grow with its magnitude.
  bits[0] = (bits[0] ?? 0) + (Math.abs(value) > Math.abs(nearest) ? 1 : -1);
  return float[0] ?? nearest;
}
