import type { TypedArray } from './tensor.js';

/** The smallest and the largest of some values. */
export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/**
 * The smallest and largest of `values`. Both are NaN as soon as one value is NaN, as with numpy's `min` and `max`. No values:
 * ±Infinity.
 */
export function extremesOf(values: TypedArray): Extremes {
  let min = Infinity;
  let max = -Infinity;
  // By index: an iterator takes ten times as long.
  let index = values.length;
  while (index > 0) {
    index -= 1;
    const value = values[index] ?? NaN;
    if (Number.isNaN(value)) return { min: NaN, max: NaN };
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
