import type { SampleRandom } from './sample-random.js';

/**
 * Adds normal noise: `target[i] = x[i] + deviation · z`, z standard normal. Two uniform numbers give two normal numbers (Box &
 * Muller 1958). The logarithm is taken of 1 − u, which is never 0.
 * @param target may be `x` itself
 */
export function addNormalNoise(target: Float32Array, x: Float32Array, deviation: number, random: SampleRandom): void {
  for (let at = 0; at < x.length; at += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    target[at] = (x[at] ?? NaN) + radius * Math.cos(angle);
    if (at + 1 < x.length) target[at + 1] = (x[at + 1] ?? NaN) + radius * Math.sin(angle);
  }
}
