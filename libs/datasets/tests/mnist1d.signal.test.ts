import { describe, expect, it } from 'vitest';
import { createFilter, createResampler, gaussianWeights, linspace } from '../src/mnist1d/signal.js';

describe('createResampler', () => {
  it('keeps a straight line straight, and its ends exactly', () => {
    const target = new Float64Array(72);
    createResampler(48, 72)(linspace(-1, 3, 48), target);
    expect(target[0]).toBe(-1);
    expect(target[71]).toBe(3);
    for (const [i, value] of linspace(-1, 3, 72).entries()) expect(target[i]).toBeCloseTo(value, 14);
  });

  it('takes away what lies between the points', () => {
    const target = new Float64Array(3);
    createResampler(5, 3)(Float64Array.of(1, 9, 2, 9, 3), target);
    expect([...target]).toEqual([1, 2, 3]);
  });
});

describe('createFilter', () => {
  it('has weights that sum to 1 and fall as a Gaussian', () => {
    const weights = gaussianWeights(2);
    expect(weights.length).toBe(9);
    expect(weights.reduce((sum, weight, i) => sum + (i === 0 ? weight : 2 * weight), 0)).toBeCloseTo(1, 15);
    expect((weights[4] ?? 0) / (weights[0] ?? 1)).toBeCloseTo(Math.exp(-2), 15);
  });

  it('mirrors the signal at its ends: the mean stays', () => {
    const signal = Float64Array.from({ length: 12 }, (_, i) => i * i - 7);
    const target = new Float64Array(12);
    createFilter(12, gaussianWeights(2))(signal, target);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    // Mirroring makes the filter's columns sum to 1 as its rows do.
    expect(sum(target)).toBeCloseTo(sum(signal), 10);
  });
});
