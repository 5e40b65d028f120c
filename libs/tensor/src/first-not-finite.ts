import type { TypedArray } from './tensor.js';

/** Where the first NaN or infinity is, or -1. This looks at every value of every map, and nearly always finds none. */
export function firstNotFinite(values: TypedArray): number {
  // A number times zero is zero, a NaN or an infinity times zero NaN: half the time of asking of each whether it is finite.
  // By index: an iterator takes ten times as long.
  let zero = 0;
  let index = values.length;
  while (index > 0) {
    index -= 1;
    zero += (values[index] ?? NaN) * 0;
  }
  return zero === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
