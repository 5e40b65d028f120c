import { addNormalNoise } from '@xaigrid/tensor';
import type { Noise } from './redrawn-maps.js';

/** Each value is moved by up to `radius` to either side, all moves equally likely. */
export function withinRadius(radius: number): Noise {
  return (values, random) => {
    for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? NaN) + radius * (2 * random.uniform() - 1);
  };
}

/** Each value is moved up by `low` to `high`, all moves equally likely. */
export function between(low: number, high: number): Noise {
  return (values, random) => {
    for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? NaN) + (low + (high - low) * random.uniform());
  };
}

/** Each value is moved by a normal number of mean 0 and this standard deviation. */
export function normal(deviation: number): Noise {
  return (values, random) => addNormalNoise(values, values, deviation, random);
}
