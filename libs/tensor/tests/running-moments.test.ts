import { describe, expect, it } from 'vitest';
import { createRunningMoments, momentsOf, populationVariance, sampleVariance, sumOf } from '@xaigrid/tensor';

describe('moments', () => {
  it('are exact for whole numbers, far from zero too', () => {
    // Σ(v − mean)² of 4, 7, 13, 16 is 90, wherever they are moved; a sum of squares would lose all digits at 1e9.
    const moments = momentsOf(Float64Array.of(1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16));
    expect(moments).toEqual({ count: 4, mean: 1e9 + 10, squaredDeviations: 90 });
    expect(populationVariance(moments)).toBe(22.5);
    expect(sampleVariance(moments)).toBe(30);
  });

  it('say nothing of too few values', () => {
    expect(createRunningMoments().moments()).toEqual({ count: 0, mean: NaN, squaredDeviations: 0 });
    expect(sampleVariance(momentsOf(Float32Array.of(2)))).toBeNaN();
  });
});

describe('sumOf', () => {
  it('keeps what a plain sum loses', () => {
    expect(sumOf(Float64Array.of(1, 1e100, 1, -1e100))).toBe(2);
    expect(sumOf(new Float64Array(10).fill(0.1))).toBe(1);
  });

  it('is infinite or NaN as the values are', () => {
    expect(sumOf(Float64Array.of(1, Infinity))).toBe(Infinity);
    expect(sumOf(Float64Array.of(Infinity, -Infinity))).toBeNaN();
  });
});
