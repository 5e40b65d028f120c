import { describe, expect, it } from 'vitest';
import { differenceOf, isSameValue, placesByValue, scaleOf } from '../src/index.js';

describe('values that differ by float32 rounding', () => {
  it('are equal: to the size of the measure’s numbers, also where the values are small', () => {
    expect(isSameValue(3e-8, 1e-8, 1)).toBe(true);
    expect(isSameValue(0.3, 0.3 + 2 ** -24, 1)).toBe(true);
    expect(isSameValue(0.3, 0.30001, 1)).toBe(false);
  });

  it('are equal to the size of the values where the measure has none, or they are larger', () => {
    expect(isSameValue(3e-8, 1e-8, 0)).toBe(false);
    expect(isSameValue(40_000, 40_000.02, 0)).toBe(true);
    expect(isSameValue(40_000, 40_000.02, 1)).toBe(true);
  });

  it('never are an infinite value and another, or what is not a number', () => {
    expect(isSameValue(Infinity, 1, 1)).toBe(false);
    expect(isSameValue(Infinity, Infinity, 1)).toBe(true);
    expect(differenceOf(NaN, 1, 1)).toBeNaN();
    expect([differenceOf(1, 1 + 1e-8, 1), differenceOf(1, 0.5, 1)]).toEqual([0, 0.5]);
  });

  it('are to the larger bound of the range, or to what the measure says', () => {
    expect([{ low: 0, high: 1 }, { low: -2 }, { low: 0 }, {}].map((range) => scaleOf({ range }))).toEqual([1, 2, 0, 0]);
    expect(scaleOf({ range: { low: 0 }, scale: 1 })).toBe(1);
  });

  it('share a place, counted from the best of them, so that no chain of them grows', () => {
    const step = 0.8e-6;
    const values = [0.5 + 2 * step, 0.5, NaN, 0.5 + step, 0.1];
    expect(placesByValue(values, { direction: 'lower', scale: 1 })).toEqual([[4], [1, 3], [0]]);
    expect(placesByValue(values, { direction: 'higher', scale: 1 })).toEqual([[0, 3], [1], [4]]);
  });
});
