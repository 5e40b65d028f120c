/**
 * The value below which a share of the values lies, linear between two of them: the default of `numpy.quantile`.
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
