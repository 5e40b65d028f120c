import type { Target } from '@xaigrid/contracts';
import type { MaskScoresRequest } from '@xaigrid/engine';
import type { ScoreRequest } from '../../metric.js';

/** What a curve is drawn of. */
export type Masking = Pick<ScoreRequest, 'engine' | 'sampleIndices' | 'inputs' | 'maps' | 'classes' | 'seed' | 'signal'> &
  Pick<MaskScoresRequest, 'baseline'> & { readonly target: Target };

/** A step between the ends: how many units are in, or out, and where it stands on the axis of the area, from 0 to 1. */
export interface Step {
  readonly count: number;
  readonly share: number;
}

/** A point of a curve. */
export interface Point {
  /** How much of the sample is there, from 0 to 1. */
  readonly share: number;
  readonly output: number;
}

/** One of each per sample. */
export interface Curves {
  /** Output on the baseline alone. */
  readonly nothing: Float64Array<ArrayBuffer>;
  /** While the highest are put in: the points between the ends, by ascending share. */
  readonly inserted: readonly (readonly Point[])[];
  /** While the highest are taken out: likewise, of what is left. */
  readonly left: readonly (readonly Point[])[];
  /** Whether a step parted values that are equal. */
  readonly tied: readonly boolean[];
}

/** The trapezoids' from nothing to everything. */
export function areaUnder(points: readonly Point[], ends: { readonly nothing: number; readonly whole: number }): number {
  let [area, share, output] = [0, 0, ends.nothing];
  for (const point of [...points, { share: 1, output: ends.whole }]) {
    area += ((point.share - share) * (point.output + output)) / 2;
    ({ share, output } = point);
  }
  return area;
}
