import { expect } from 'vitest';
import type { NdArray } from './array.js';

/** Largest difference over the largest magnitude. */
export function relativeDifference(actual: NdArray, expected: NdArray): number {
  expect(actual.shape).toEqual(expected.shape);
  let worst = 0;
  let scale = 1e-30;
  expected.data.forEach((value, index) => {
    worst = Math.max(worst, Math.abs(value - (actual.data[index] ?? Number.NaN)));
    scale = Math.max(scale, Math.abs(value));
  });
  return worst / scale;
}
