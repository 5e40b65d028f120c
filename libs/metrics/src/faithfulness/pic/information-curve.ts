import { trapezoid } from '../../statistics/trapezoid.js';

/** A sample that is partly blurred: how much it holds, and how the model does on it. */
interface Revealed {
  /** Size after compression. */
  readonly information: number;
  readonly performance: number;
}

interface Curve {
  /** Nothing revealed, and everything. */
  readonly blurred: Revealed;
  readonly whole: Revealed;
  /** What is between, the least revealed first. */
  readonly between: readonly Revealed[];
}

/**
 * The area under a performance information curve, from 0 to 1, as `compute_pic_metric` of the package saliency 0.2.1 takes it: information and
 * performance are scaled so that the blurred sample has 0 and the whole one 1, and cut off there; performance never falls again; straight lines lie
 * between points in the order of their information. The package evaluates the curve at 1000 points, this is its limit for many.
 *
 * @returns undefined where there is no curve: the whole sample does not hold more than the blurred one, or the model does not do better on it
 */
export function informationArea({ blurred, whole, between }: Curve): number | undefined {
  if (whole.information <= blurred.information || whole.performance <= blurred.performance) return undefined;
  let best = 0;
  const points = between.map(({ information, performance }) => {
    best = Math.max(best, scaled(performance, blurred.performance, whole.performance));
    return { x: scaled(information, blurred.information, whole.information), y: best };
  });
  // Of several points at 0 the line goes on from the last, (0, 0): what is gained without information does not count.
  const sorted = [...points, { x: 0, y: 0 }, { x: 1, y: 1 }].sort((a, b) => a.x - b.x);
  return trapezoid(
    sorted.map(({ y }) => y),
    sorted.map(({ x }) => x),
  );
}

function scaled(value: number, low: number, high: number): number {
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}
