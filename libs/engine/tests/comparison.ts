import { expect } from 'vitest';

/** Largest |a − b| in units of the largest |b|. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let scale = 0;
  for (const value of Array.from(expected)) scale = Math.max(scale, Math.abs(value));
  return absoluteError(actual, expected) / scale;
}

/** Largest |a − b|; NaN when any of them is, which is less than nothing. */
export function absoluteError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (Number.isNaN(error)) return Number.NaN;
    worst = Math.max(worst, error);
  }
  return worst;
}
