import { describe, expect, it } from 'vitest';
import { keptFeatureMaps, type FeatureMapChoice } from '../src/sise/kept-feature-maps.js';

function kept(alphas: readonly number[], gradientThreshold: number, others: Partial<FeatureMapChoice> = {}): number[] {
  const { sample, channel } = choiceOf(alphas, gradientThreshold, others).rows;
  expect([...sample]).toEqual([...channel].map(() => 0));
  return [...channel];
}

function undecided(alphas: readonly number[], gradientThreshold: number, others: Partial<FeatureMapChoice> = {}): number {
  return choiceOf(alphas, gradientThreshold, others).undecided[0] ?? NaN;
}

function choiceOf(alphas: readonly number[], gradientThreshold: number, others: Partial<FeatureMapChoice>) {
  return keptFeatureMaps(
    { shape: [1, alphas.length], data: Float32Array.from(alphas) },
    { selection: 'threshold', gradientThreshold, ...others },
  );
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
    const {
      rows: { sample, channel },
    } = keptFeatureMaps(gradients, { selection: 'threshold', gradientThreshold: 0 });
    expect([[...sample], [...channel]]).toEqual([
      [0, 0, 2],
      [0, 1, 0],
    ]);
  });

  it('are undecided when one gradient less or more by 1e-5 of the largest makes them come or go', () => {
    expect(undecided([-1, 0.5, 1e-6, -1e-6, 0.3], 0)).toBe(2);
    expect(undecided([-1, 0.5, 2e-5, -2e-5, 0.3], 0)).toBe(0);
    expect(undecided([1, 0.6, 0.600005, 0.6001], 0.6)).toBe(2);
    // The budget: between the last that it has room for and the next.
    expect(undecided([1, 0.7, 0.700001, 0.2], 0, { maskBudget: 2 })).toBe(2);
    expect(undecided([1, 0.7, 0.69, 0.2], 0, { maskBudget: 2 })).toBe(0);
    // Level 142 belongs to the lower group of levels 26, 230 and 255, level 143 to the upper one.
    const turn = 142.5 / 256;
    expect(undecided([0.1, turn - 1e-6, 0.9, 1], 0, { selection: 'otsu' })).toBe(1);
    expect(undecided([0.1, turn - 1e-3, 0.9, 1], 0, { selection: 'otsu' })).toBe(0);
  });

  it('are decided where a gradient is exactly 0, also when all are', () => {
    expect(undecided([1, 0, 0], 0)).toBe(0);
    expect(undecided([0, 0, 0], 0)).toBe(0);
  });

  it('are by Otsu the upper of two groups among the positive gradients, whatever the negative ones', () => {
    const alphas = [0.1, -5, 0.9, 0.12, 1, -0.01, 0.95, 0.08, 0];
    expect(kept(alphas, 0, { selection: 'otsu' })).toEqual([2, 4, 6]);
    expect(
      kept(
        alphas.map((alpha) => alpha * 1e-20),
        0,
        { selection: 'otsu' },
      ),
    ).toEqual([2, 4, 6]);
  });

  it('are by Otsu all positive ones where there are no two groups, and none where none is positive', () => {
    expect(kept([0.5, -1, 0.5], 0, { selection: 'otsu' })).toEqual([0, 2]);
    expect(kept([-1, 0.5], 0, { selection: 'otsu' })).toEqual([1]);
    expect(kept([-1, 0], 0, { selection: 'otsu' })).toEqual([]);
  });

  it('are at most the budget, the largest gradients first and of equal ones the first, in ascending order', () => {
    expect(kept([0.2, 0.9, 0.5, 1, 0.5, 0.5], 0, { maskBudget: 3 })).toEqual([1, 2, 3]);
    expect(kept([0.5, 0.5, 0.5], 0, { maskBudget: 1 })).toEqual([0]);
    expect(kept([0.1, 1, 0.9], 0.5, { maskBudget: 5 })).toEqual([1, 2]);
    expect(kept([0.1, 1, 0.9, 0.95], 0, { selection: 'otsu', maskBudget: 2 })).toEqual([1, 3]);
  });
});
