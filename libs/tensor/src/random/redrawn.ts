import { extremesOf } from '../extremes.js';
import { momentsOf } from '../running-moments.js';
import { xoshiro } from './xoshiro.js';

const STREAM = 0x5f1f;

/**
 * Redraws values at random: as many, from the normal distribution that has their mean and standard deviation, cut to their range.
 * So a quantity that is never negative, such as a variance, stays so. If all values are equal, they stay as they are. The result
 * depends only on the values, the seed and the number. Box & Muller 1958, from 32-bit words; at least half of the draws lie
 * within the range.
 * @param seed any safe integer
 * @param number which of the sequences of this seed, 0 … 2³² − 1
 */
export function redrawn(values: Float32Array, seed: number, number: number): Float32Array<ArrayBuffer> {
  const result = Float32Array.from(values);
  const { min, max } = extremesOf(result);
  if (!(min < max)) return result;
  const { mean, squaredDeviations } = momentsOf(result);
  const deviation = Math.sqrt(squaredDeviations / values.length);
  const word = xoshiro(seed, number, STREAM);
  for (let at = 0; at < result.length;) {
    const radius = deviation * Math.sqrt(-2 * Math.log((word() + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * word()) / 2 ** 32;
    for (const drawn of [mean + radius * Math.cos(angle), mean + radius * Math.sin(angle)])
      if (drawn >= min && drawn <= max && at < result.length) result[at++] = drawn;
  }
  return result;
}
