import { orderedInterval, type MeanSequence } from './mean-sequence.js';

/** The most of the capital that a bet may lose, as in `confseq`. */
const MOST_AT_STAKE = 1 / 2;
/** What the first bets take the values for: one value of ½, with a variance of ¼. */
const PRIOR = { values: 1, mean: 1 / 2, variance: 1 / 4 };
/** How far rounding may take a sum of so many values between 0 and 1, a value. */
const ROUNDING = 1e-12;
/** Halvings of an interval until only rounding is left. */
const HALVINGS = 40;

export interface BettingOptions {
  /** The lowest and highest possible value. */
  readonly low: number;
  readonly high: number;
  /** The probability that any of the intervals misses the mean; half of it on each side. */
  readonly alpha: number;
  /**
   * The size of a population from which the values are drawn in random order, each once: the mean is that of the population.
   * Absent: the values are independent, and the mean is that of their distribution.
   */
  readonly population?: number;
}

/**
 * The hedged capital confidence sequence of Waudby-Smith & Ramdas 2024 ("Estimating means of bounded random variables by betting",
 * theorem 3, with the bets of their equation 26). It holds from the first value on, however the values are distributed within the
 * bounds. Two players bet on the mean being higher, or lower, than m. If it is m, their capital stays low: it ever reaches 2/α with
 * a probability of at most α/2 each. With a population (their section 5) m changes as the values are used up, and a mean that is
 * impossible given the values so far is excluded too. Time: the number of values for each question, 80 times as much for `interval`.
 *
 * Its capital is that of `betting_mart` of the authors' package confseq 0.0.11.
 * @param values within the bounds
 */
export function bettingSequence(values: Float64Array, { low, high, alpha, population = Infinity }: BettingOptions): MeanSequence {
  const scaled = values.map((value) => Math.min(1, Math.max(0, (value - low) / (high - low))));
  const bets = betsOn(scaled, alpha / 2);
  const goal = Math.log(2 / alpha);
  const after = (mean: number, side: Side): number | undefined =>
    firstAt(scaled, bets, { mean: (mean - low) / (high - low), side, population, goal });

  /** The end of what the side excludes: means beyond it are excluded sooner. */
  function end(side: Side): number {
    let [excluded, open] = side === 'above' ? [low, high] : [high, low];
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (excluded + open) / 2;
      if (after(middle, side) === undefined) open = middle;
      else excluded = middle;
    }
    return excluded;
  }

  return {
    above: (mean) => after(mean, 'above'),
    below: (mean) => after(mean, 'below'),
    interval: () => orderedInterval(end('above'), end('below')),
  };
}

type Side = 'above' | 'below';

/** What is bet before each value: `lambda_predmix_eb` of confseq. It depends on the values before it alone. */
function betsOn(values: Float64Array, alpha: number): Float64Array {
  let [sum, squares, variance] = [0, 0, PRIOR.variance];
  return values.map((value, index) => {
    const count = index + 1;
    const bet = Math.sqrt((2 * Math.log(1 / alpha)) / (count * Math.log(1 + count) * variance));
    sum += value;
    const mean = (PRIOR.values * PRIOR.mean + sum) / (count + PRIOR.values);
    squares += (value - mean) ** 2;
    variance = (PRIOR.values * PRIOR.variance + squares) / (count + PRIOR.values);
    return bet;
  });
}

interface Question {
  readonly mean: number;
  readonly side: Side;
  readonly population: number;
  /** The logarithm of the capital at which the mean is excluded. */
  readonly goal: number;
}

/** After how many values the mean is excluded, on one side. */
function firstAt(values: Float64Array, bets: Float64Array, { mean, side, population, goal }: Question): number | undefined {
  const sign = side === 'above' ? 1 : -1;
  const isFinite = population !== Infinity;
  const tolerance = ROUNDING * population;
  let [left, capital] = [population * mean, 0];
  for (const [index, value] of values.entries()) {
    // The mean of the values that are still to come, if `mean` is that of all.
    const expected = isFinite ? Math.min(1, Math.max(0, left / (population - index))) : mean;
    const most = MOST_AT_STAKE / (side === 'above' ? expected : 1 - expected);
    capital += Math.log1p(sign * Math.min(bets[index] ?? 0, most) * (value - expected));
    left -= value;
    const isImpossible = isFinite && (side === 'above' ? left < -tolerance : left > population - index - 1 + tolerance);
    if (isImpossible || capital >= goal) return index + 1;
  }
  return undefined;
}
