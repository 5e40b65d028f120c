/**
 * The value below which a share of the values lies, between two of them on the straight line: `numpy.quantile` by default.
 * @param share 0 … 1
 */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  const place = share * (sorted.length - 1);
  const before = Math.floor(place);
  const low = sorted[before] ?? NaN;
  const high = sorted[Math.min(before + 1, sorted.length - 1)] ?? NaN;
  return low + (place - before) * (high - low);
}
