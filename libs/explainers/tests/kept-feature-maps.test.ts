import { describe, expect, it } from 'vitest';
import { keptFeatureMaps } from '../src/sise/kept-feature-maps.js';

function kept(alphas: readonly number[], gradientThreshold: number): number[] {
  const { sample, channel } = keptFeatureMaps({ shape: [1, alphas.length], data: Float32Array.from(alphas) }, gradientThreshold);
  expect([...sample]).toEqual([...channel].map(() => 0));
  return [...channel];
}

describe('the feature maps SISE keeps', () => {
  it('are those strictly above μ times the largest mean gradient', () => {
    expect(kept([-1, 0, 0.25, 0.5, 1], 0)).toEqual([2, 3, 4]);
    expect(kept([-1, 0, 0.25, 0.5, 1], 0.25)).toEqual([3, 4]);
    expect(kept([-1, 0, 0.25, 0.5, 1], 0.5)).toEqual([4]);
  });

  it.each([0, 0.25, 0.99])('are none when no gradient is positive, at μ = %d', (gradientThreshold) => {
    expect(kept([-1, -2, -0.5], gradientThreshold)).toEqual([]);
    expect(kept([0, 0, -1], gradientThreshold)).toEqual([]);
  });

  it('are pairs with both indices ascending', () => {
    const gradients = { shape: [3, 2], data: Float32Array.of(1, 2, -1, -1, 3, -3) };
    const { sample, channel } = keptFeatureMaps(gradients, 0);
    expect([[...sample], [...channel]]).toEqual([
      [0, 0, 2],
      [0, 1, 0],
    ]);
  });
});
