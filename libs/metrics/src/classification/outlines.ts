import { cornersOf, type RankedPositives } from './ranking.js';
import type { PrecisionRecallPoints, RocPoints } from './curves.js';

/** How fine an outline of a curve is. */
export interface OutlineOptions {
  /** Points closer than 1/resolution to the point before, along both axes, are left out. Default 500, what a picture can show. */
  readonly resolution?: number;
}

const RESOLUTION = 500;

/** A ROC curve for a picture, from (0, 0) to (1, 1): some of its corners, `resolution` apart. A rate over no samples is NaN. */
export function rocOutline(ranked: RankedPositives, { resolution = RESOLUTION }: OutlineOptions = {}): RocPoints {
  const corners = cornersOf(ranked);
  const [x, y] = thinned(
    corners.negatives.map((count) => count / ranked.negatives),
    corners.positives.map((count) => count / ranked.positives.length),
    resolution,
  );
  return { falsePositiveRate: x, truePositiveRate: y };
}

/**
 * A precision-recall curve for a picture, by ascending recall from (0, 1): some of its corners. Draw it in steps, each precision
 * reaching back to the recall before; then the area under it is the average precision.
 */
export function precisionRecallOutline(
  ranked: RankedPositives,
  { resolution = RESOLUTION }: OutlineOptions = {},
): PrecisionRecallPoints {
  const { positives, negatives } = cornersOf(ranked);
  const support = ranked.positives.length;
  const recall = positives.map((count) => (support === 0 ? 1 : count / support));
  const precision = positives.map((count, at) => (at === 0 ? 1 : count / (count + (negatives[at] ?? 0))));
  recall[0] = 0;
  const [x, y] = thinned(recall, precision, resolution);
  return { recall: x, precision: y };
}

function thinned(x: Float64Array, y: Float64Array, resolution: number): readonly [Float64Array, Float64Array] {
  const kept: number[] = [];
  for (let at = 0; at < x.length; at += 1) {
    const last = kept.at(-1);
    const near =
      last !== undefined &&
      Math.abs((x[at] ?? NaN) - (x[last] ?? NaN)) < 1 / resolution &&
      Math.abs((y[at] ?? NaN) - (y[last] ?? NaN)) < 1 / resolution;
    if (!near || at === x.length - 1) kept.push(at);
  }
  return [Float64Array.from(kept, (at) => x[at] ?? NaN), Float64Array.from(kept, (at) => y[at] ?? NaN)];
}
