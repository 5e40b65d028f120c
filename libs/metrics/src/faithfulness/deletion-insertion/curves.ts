import type { Target } from '@xaigrid/contracts';
import type { MaskScoresRequest } from '@xaigrid/engine';
import type { ScoreRequest } from '../../metric.js';

/** What curves are computed from: samples, their maps, and how removed positions are replaced. */
export type Masking = Pick<
  ScoreRequest,
  'engine' | 'sampleIndices' | 'inputs' | 'maps' | 'classes' | 'seed' | 'shared' | 'signal'
> &
  Pick<MaskScoresRequest, 'baseline'> & { readonly target: Target };

/** One step between the ends: how many units are inserted or removed, and the position on the axis of the area, from 0 to 1. */
export interface Step {
  readonly count: number;
  readonly share: number;
}

/** A point of a curve. */
export interface Point {
  /** The share of the sample that is present, from 0 to 1. */
  readonly share: number;
  readonly output: number;
}

/** The curves of all samples: entry i belongs to sample i. */
export interface Curves {
  /** The output on the baseline alone. */
  readonly nothing: Float64Array<ArrayBuffer>;
  /** While the highest are inserted: the points between the ends, by ascending share. */
  readonly inserted: readonly (readonly Point[])[];
  /** While the highest are removed: the points between the ends, by ascending share of what is left. */
  readonly left: readonly (readonly Point[])[];
  /** Whether a step split equal values. */
  readonly tied: readonly boolean[];
}

/** The area of the trapezoids between the two ends, over the share. */
export function areaUnder(points: readonly Point[], ends: { readonly nothing: number; readonly whole: number }): number {
  let [area, share, output] = [0, 0, ends.nothing];
  for (const point of [...points, { share: 1, output: ends.whole }]) {
    area += ((point.share - share) * (point.output + output)) / 2;
    ({ share, output } = point);
  }
  return area;
}
