/** The magnitudes of a map's values in float64, and the largest of them. */
export function magnitudesOf(map: Float32Array<ArrayBuffer>): { magnitudes: Float64Array<ArrayBuffer>; largest: number } {
  const magnitudes = Float64Array.from(map, Math.abs);
  return { magnitudes, largest: magnitudes.reduce((most, value) => Math.max(most, value), 0) };
}
