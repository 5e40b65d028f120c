import { addNormalNoise, momentsOf, populationVariance, rowsOf } from '@xaigrid/tensor';
import type { Metric, ScoreRequest } from '../metric.js';
import type { Noise } from './redrawn-maps.js';

/** Moves each value by −radius to radius, uniformly. */
export function withinRadius(radius: number): Noise {
  return {
    name: `within ${radius}`,
    size: radius,
    move: (values, random) => {
      for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? NaN) + radius * (2 * random.uniform() - 1);
    },
  };
}

/** Moves each value up by `low` to `high`, uniformly. */
export function between(low: number, high: number): Noise {
  return {
    name: `between ${low} ${high}`,
    size: high,
    move: (values, random) => {
      for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? NaN) + (low + (high - low) * random.uniform());
    },
  };
}

/** Moves each value by a normal number with mean 0 and this standard deviation. */
export function normal(deviation: number): Noise {
  return {
    name: `normal ${deviation}`,
    size: deviation,
    move: (values, random) => {
      addNormalNoise(values, values, deviation, random);
    },
  };
}

/** Noise below this share of a sample's standard deviation hardly moves it: of bytes from 0 to 255, noise below about 0.07. */
const SMALL = 1e-3;

/** The check measure `smallNoise`: noise so small, beside the sample's values, that it says nothing. */
export const smallNoiseCheck: Metric['measures'][number] = {
  ...{ name: 'smallNoise', aggregate: 'count', title: 'Small noise', role: 'check' },
  meaning: 'Samples that the noise hardly moves: it is less than a thousandth of the standard deviation of their values.',
  range: { low: 0, high: 1 },
  warning: {
    from: 0.1,
    text: 'the noise is less than a thousandth of what the values of a sample vary by. It is in the units of the model’s input: take a larger one',
  },
};

/**
 * The values of `smallNoise`, `[settings · n]`.
 * @param noises one per setting
 */
export function smallNoiseOf(noises: readonly Noise[], { inputs }: Pick<ScoreRequest, 'inputs'>): Float64Array<ArrayBuffer> {
  const deviations = Array.from({ length: inputs.shape[0] ?? 0 }, (_, sample) =>
    Math.sqrt(populationVariance(momentsOf(rowsOf(inputs, sample, sample + 1).data))),
  );
  return Float64Array.from(noises.flatMap(({ size }) => deviations.map((deviation) => (size < SMALL * deviation ? 1 : 0))));
}
