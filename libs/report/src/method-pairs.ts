import {
  differenceOf,
  normalInterval,
  rangeOfDifference,
  scaleOf,
  withinRange,
  type Interval,
  type MeasureDescription,
} from '@xaigrid/contracts';
import type { SampleScores } from './page/choose-samples.js';

/** Two methods compared sample by sample by one measure. */
export interface MethodPair {
  readonly first: string;
  readonly second: string;
  /** The number of samples that have a value of both. */
  readonly samples: number;
  /** The mean of first − second. */
  readonly difference: number;
  /** 95 %, from the sample variance of the differences; undefined below two samples. */
  readonly interval: Interval | undefined;
  /** Samples for which the first is higher, and lower. */
  readonly higher: number;
  readonly lower: number;
}

/**
 * Every two of the methods, compared on the samples that both have, as `xaigrid compare` does; here also of different runs.
 * @param names in the order of the samples' values
 * @param measure scores that differ by its rounding are equal, and intervals end where its range does
 */
export function methodPairs(
  names: readonly string[],
  samples: readonly SampleScores[],
  measure: Pick<MeasureDescription, 'range' | 'scale'>,
): MethodPair[] {
  const scale = scaleOf(measure);
  const range = rangeOfDifference(measure.range);
  return names.flatMap((first, a) =>
    names.slice(a + 1).flatMap((second, offset) => {
      const b = a + 1 + offset;
      const differences = samples
        .map(({ values }) => differenceOf(values[a] ?? NaN, values[b] ?? NaN, scale))
        .filter((difference) => Number.isFinite(difference));
      const count = differences.length;
      if (count === 0) return [];
      const mean = differences.reduce((sum, value) => sum + value, 0) / count;
      const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
      const interval = normalInterval({ mean, variance, count });
      return [
        {
          ...{ first, second, samples: count, difference: mean },
          interval: interval && withinRange(interval, { value: mean, range }),
          higher: differences.filter((value) => value > 0).length,
          lower: differences.filter((value) => value < 0).length,
        },
      ];
    }),
  );
}

/** Whether the samples show a difference between two methods: zero is outside the interval. */
export function isToldApart({ interval }: Pick<MethodPair, 'interval'>): boolean {
  return interval !== undefined && (interval.low > 0 || interval.high < 0);
}
