import { trapezoid } from '../../statistics/trapezoid.js';

/** A sample that is partly blurred: its information, and the model's performance on it. */
interface Revealed {
  /** The size after compression. */
  readonly information: number;
  readonly performance: number;
}

interface Curve {
  /** The blurred sample, with nothing revealed, and the whole sample. */
  readonly blurred: Revealed;
  readonly whole: Revealed;
  /** The samples in between, the least revealed first. */
  readonly between: readonly Revealed[];
}

/**
 * The area under a performance information curve, from 0 to 1, as `compute_pic_metric` of the package saliency: information and
 * performance are scaled so that the blurred sample has 0 and the whole one 1, and clipped to this range. Performance is made
 * non-decreasing. Points in the order of their information are joined by straight lines. The package evaluates the curve at 1000
 * points; this is the limit for many.
 *
 * @returns undefined if there is no curve: the whole sample holds no more information than the blurred one, or the model does no
 * better on it
 */
export function informationArea({ blurred, whole, between }: Curve): number | undefined {
  if (whole.information <= blurred.information || whole.performance <= blurred.performance) return undefined;
  let best = 0;
  const points = between.map(({ information, performance }) => {
    best = Math.max(best, scaled(performance, blurred.performance, whole.performance));
    return { x: scaled(information, blurred.information, whole.information), y: best };
  });
  // If several points are at 0, the line goes on from the last one, (0, 0): a gain without information does not count.
  const sorted = [...points, { x: 0, y: 0 }, { x: 1, y: 1 }].sort((a, b) => a.x - b.x);
  return trapezoid(
    sorted.map(({ y }) => y),
    sorted.map(({ x }) => x),
  );
}

function scaled(value: number, low: number, high: number): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}
