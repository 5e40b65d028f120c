import { extremesOf } from '@xaigrid/tensor';

/**
 * The entropy in nats of a histogram with `bins` equal bins from the smallest to the largest value: `numpy.histogram`, with the
 * same bin edges to the last bit, then `scipy.stats.entropy`. 0 if all values are equal.
 */
export function histogramEntropy(values: Float64Array<ArrayBuffer>, bins: number): number {
  const { min, max } = extremesOf(values);
  if (!(min < max)) return 0;
  const width = (max - min) / bins;
  const edge = (at: number): number => (at === bins ? max : at * width + min);
  const counts = new Float64Array(bins);
  for (const value of values) {
    let bin = Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins));
    if (value < edge(bin)) bin--;
    else if (bin < bins - 1 && value >= edge(bin + 1)) bin++;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / values.length) * Math.log(count / values.length);
  return entropy;
}
