import { describe, expect, it } from 'vitest';
import { additivity } from '../src/additivity.js';

describe('additivity', () => {
  const maps = { shape: [4, 2], data: Float32Array.of(0.25, 0.25, -0.5, 0.25, 0.5, 0, 0.001, 0) };

  it('tells how far each map’s sum is from the change, and what share of the change that is', () => {
    const { additivityError, additivityMiss } = additivity(maps, Float64Array.of(0.5, -0.5, 1, 0.5));
    expect([...additivityError].slice(0, 3)).toEqual([0, 0.25, 0.5]);
    expect([...additivityMiss].slice(0, 3)).toEqual([0, 0.5, 0.5]);
  });

  it('takes a change below 0.01 for 0.01, so that rounding of next to nothing is no large miss', () => {
    const { additivityMiss } = additivity(maps, Float64Array.of(0.5, -0.25, 0.5, 1e-9));
    // 0.001 as float32.
    expect(additivityMiss[3]).toBeCloseTo(0.1, 6);
  });
});
