import { addNormalNoise } from '@xaigrid/tensor';
import type { Noise } from './redrawn-maps.js';

/** Moves each value by −radius to radius, uniformly. */
export function withinRadius(radius: number): Noise {
  return {
    name: `within ${radius}`,
    move: (values, random) => {
      for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? NaN) + radius * (2 * random.uniform() - 1);
    },
  };
}

/** Moves each value up by `low` to `high`, uniformly. */
export function between(low: number, high: number): Noise {
  return {
    name: `between ${low} ${high}`,
    move: (values, random) => {
      for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? NaN) + (low + (high - low) * random.uniform());
    },
  };
}

/** Moves each value by a normal number with mean 0 and this standard deviation. */
export function normal(deviation: number): Noise {
  return {
    name: `normal ${deviation}`,
    move: (values, random) => {
      addNormalNoise(values, values, deviation, random);
    },
  };
}
