import { createRunningMoments, sampleVariance } from '../running-moments.js';
import { orderedInterval, type MeanSequence, type MeanSequenceOptions } from './mean-sequence.js';

/**
 * The fewest values of which the sequence says anything, and the fewest that must be left of the population: the central limit
 * theorem speaks of those that are left, too. From 50 on, intervals of skewed values (exponential) missed in 8 % of simulated runs,
 * from 100 on in 5 %.
 */
const FEWEST = 100;
/** The number of values at which the intervals are tightest. */
const TIGHTEST_AT = 500;

/**
 * The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas ("Time-uniform central limit theory and
 * asymptotic confidence sequences", Annals of Statistics 2024, theorem 2.2), for values without bounds. It holds as nearly as the
 * central limit theorem does, so it says nothing before there are `FEWEST` values, and nothing of values that are all the same.
 *
 * Without replacement, t of N values count as t·N/(N − t): (mean of t values − mean of all)·t/(N − t) is a martingale, and its
 * variance grows like σ²·t/(N·(N − t)). So the intervals close in on the mean.
 */
export function asymptoticSequence(values: Float64Array, { population, alpha }: MeanSequenceOptions): MeanSequence {
  const lows = new Float64Array(values.length).fill(-Infinity);
  const highs = new Float64Array(values.length).fill(Infinity);
  const running = createRunningMoments();
  for (const [index, value] of values.entries()) {
    running.add(value);
    const moments = running.moments();
    const [low, high] = [lows[index - 1] ?? -Infinity, highs[index - 1] ?? Infinity];
    const isFew = Math.min(moments.count, population - moments.count) < FEWEST;
    const radius = isFew ? Infinity : radiusAt(moments.count, { population, alpha });
    const deviation = Math.sqrt(sampleVariance(moments));
    const isTelling = Number.isFinite(radius) && deviation > 0;
    lows[index] = isTelling ? Math.max(low, moments.mean - deviation * radius) : low;
    highs[index] = isTelling ? Math.min(high, moments.mean + deviation * radius) : high;
  }
  const first = (found: number): number | undefined => (found === -1 ? undefined : found + 1);
  return {
    above: (mean) => first(lows.findIndex((low) => low > mean)),
    below: (mean) => first(highs.findIndex((high) => high < mean)),
    interval: () => orderedInterval(lows.at(-1) ?? -Infinity, highs.at(-1) ?? Infinity),
  };
}

/** Half the width of the interval after `count` values, fewer than the population, with a standard deviation of 1. */
export function radiusAt(count: number, { population, alpha }: MeanSequenceOptions): number {
  const time = (count * population) / (population - count);
  // ρ², their equation 55.
  const mixing = (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / TIGHTEST_AT;
  const spread = time * mixing + 1;
  return Math.sqrt(((2 * spread) / (time ** 2 * mixing)) * Math.log(Math.sqrt(spread) / alpha));
}
