import { asymptoticSequence, bettingSequence, bothSay, type MeanSequence } from '@xaigrid/tensor';
import { seeded } from '../support/seeded.js';

interface Shape {
  readonly draw: (random: () => number) => number;
  /** Of the distribution. */
  readonly mean: number;
  /** Whether values are from −1 to 1. */
  readonly isBounded: boolean;
}

/** Differences between the scores of two methods, drawn one by one. */
export const shapes = {
  /** Scores of 0 and 1, of which one sample in five has another for each method. */
  shares: { draw: (random) => [-1, 1, 0, 0, 0, 0, 0, 0, 0, 0][Math.floor(10 * random())] ?? 0, mean: 0, isBounded: true },
  /** Nine of ten are zero. */
  ties: { draw: (random) => (random() < 0.9 ? 0 : 2 * random() - 1), mean: 0, isBounded: true },
  /** Most a little below the mean, few far above it: exponential, cut off at 1. */
  skewed: {
    draw: (random) => Math.min(1, -0.15 * Math.log(1 - random())),
    mean: 0.15 * (1 - Math.exp(-1 / 0.15)),
    isBounded: true,
  },
  /** Normal with a standard deviation of 0.3, cut off at the bounds. */
  normal: { draw: (random) => Math.max(-1, Math.min(1, 0.3 * normal(random))), mean: 0, isBounded: true },
  /** Log-normal, with a skewness of 6. No bounds. */
  'long tail': { draw: (random) => Math.exp(normal(random)), mean: Math.exp(1 / 2), isBounded: false },
} as const satisfies Readonly<Record<string, Shape>>;
export type ShapeName = keyof typeof shapes;

type Judge = (values: Float64Array, population: number) => Pick<MeanSequence, 'above' | 'below'>;

/** How a mean is judged while values arrive. */
const judges = {
  /** What decides on measures with bounds. */
  betting(values, population) {
    const options = { low: -1, high: 1, alpha: ALPHA };
    return bothSay(bettingSequence(values, { ...options, population }), bettingSequence(values, options));
  },
  /** What decides on other measures. */
  asymptotic: (values) => asymptoticSequence(values, { alpha: ALPHA }),
  /** What one must not do: the usual 95 % interval, looked at again and again. */
  repeated: (values) => repeatedInterval(values),
} as const satisfies Readonly<Record<string, Judge>>;
export type JudgeName = keyof typeof judges;

const ALPHA = 0.05;

export interface Simulated {
  readonly runs: number;
  /** In how many runs an interval ever missed the mean of the population, and that of the distribution. */
  readonly missed: { readonly population: number; readonly distribution: number };
}

/** Draws populations of differences, and looks after every value whether the mean is excluded. */
export function simulate({
  shape,
  judge,
  population,
  runs,
  seed,
}: {
  readonly shape: ShapeName;
  readonly judge: JudgeName;
  readonly population: number;
  readonly runs: number;
  readonly seed: number;
}): Simulated {
  const random = seeded(seed);
  const { draw, mean } = shapes[shape];
  const missed = { population: 0, distribution: 0 };
  for (let run = 0; run < runs; run++) {
    // Values that are drawn one by one are in random order already.
    const values = Float64Array.from({ length: population }, () => draw(random));
    const found = judges[judge](values, population);
    const misses = (one: number): number => ((found.above(one) ?? found.below(one)) === undefined ? 0 : 1);
    missed.population += misses(values.reduce((sum, value) => sum + value, 0) / population);
    missed.distribution += misses(mean);
  }
  return { runs, missed };
}

/** Box and Muller 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const FIRST_LOOK = 50;

function repeatedInterval(values: Float64Array): Pick<MeanSequence, 'above' | 'below'> {
  const bounds = (sign: 1 | -1): Float64Array => {
    let [sum, squares] = [0, 0];
    return values.map((value, index) => {
      const count = index + 1;
      sum += value;
      squares += value * value;
      const mean = sum / count;
      if (count < FIRST_LOOK) return sign * Infinity;
      return mean + sign * 1.96 * Math.sqrt(Math.max(0, squares / count - mean * mean) / count);
    });
  };
  const [lows, highs] = [bounds(-1), bounds(1)];
  const first = (found: number): number | undefined => (found === -1 ? undefined : found + 1);
  return {
    above: (mean) => first(lows.findIndex((low) => low > mean)),
    below: (mean) => first(highs.findIndex((high) => high < mean)),
  };
}
