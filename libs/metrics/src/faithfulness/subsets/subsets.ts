import type { MeasureDescription } from '@xaigrid/contracts';
import { pearson, rankCorrelation, ranksOf } from '@xaigrid/tensor';

/** Parts of one sample, each removed by itself. */
export interface Subsets {
  /** The sum of attributions of each part. */
  readonly attributions: Float64Array<ArrayBuffer>;
  /** F(x) − F(x without the part), for each part. */
  readonly changes: Float64Array<ArrayBuffer>;
}

/**
 * Correlations of the attributions of parts with the effects of removing them. If either is the same for all parts, `constant` is
 * 1 and both are 0.
 */
export function correlationsOf({ attributions, changes }: Subsets): {
  readonly linear: number;
  readonly ranks: number;
  readonly constant: 0 | 1;
} {
  const linear = pearson(attributions, changes);
  if (Number.isNaN(linear)) return { linear: 0, ranks: 0, constant: 1 };
  return { linear, ranks: rankCorrelation(ranksOf(attributions), ranksOf(changes)), constant: 0 };
}

/** The check measure that goes with `correlationsOf`. */
export const constantMeasure: MeasureDescription = {
  ...{ name: 'constant', aggregate: 'count', title: 'No correlation', role: 'check' },
  meaning:
    'Samples of which the map gives all parts the same, or the output changes by the same whatever is taken out: their correlation is counted as 0.',
  range: { low: 0, high: 1 },
  warning: { text: 'the map or the output is the same whatever is taken out; the correlation is counted as 0' },
};
