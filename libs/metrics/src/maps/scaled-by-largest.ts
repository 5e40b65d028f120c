/** A map divided by its largest magnitude; unchanged if it is zero everywhere. */
export function scaledByLargest(map: Float32Array): Float64Array {
  const largest = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return Float64Array.from(map, (value) => value / largest);
}
