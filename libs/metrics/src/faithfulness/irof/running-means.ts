import { sizeOf, sumOf, type Tensor } from '@xaigrid/tensor';
import type { Drawing } from '../../perturbation/removal-curves.js';

/**
 * The replacement values of Quantus: for each segment, the mean of the sample at the segment's turn, when the segments before it
 * are already replaced. Computed in float64, stored as float32.
 */
export function runningMeans({ inputs, ranked, places }: Pick<Drawing, 'inputs' | 'ranked' | 'places'>): Tensor {
  const size = sizeOf(inputs.shape.slice(1));
  const data = new Float32Array(inputs.data.length);
  for (const [sample, { units }] of ranked.entries()) {
    const values = inputs.data.subarray(sample * size, (sample + 1) * size);
    const sums = new Float64Array(units.count);
    const sizes = new Float64Array(units.count);
    for (const [at, unit] of units.ofValue.entries()) {
      sums[unit] = (sums[unit] ?? 0) + (values[at] ?? NaN);
      sizes[unit] = (sizes[unit] ?? 0) + 1;
    }
    const means = new Float64Array(units.count);
    const order = Int32Array.from(places[sample]?.keys() ?? []);
    for (const [unit, place] of places[sample]?.entries() ?? []) order[place] = unit;
    let sum = sumOf(values);
    for (const unit of order) {
      const mean = sum / size;
      means[unit] = mean;
      sum += mean * (sizes[unit] ?? NaN) - (sums[unit] ?? NaN);
    }
    for (const [at, unit] of units.ofValue.entries()) data[sample * size + at] = means[unit] ?? NaN;
  }
  return { shape: inputs.shape, data };
}
