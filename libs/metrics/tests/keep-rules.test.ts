import { describe, expect, it } from 'vitest';
import { keepRules } from '../src/faithfulness/drop-increase/keep-rules.js';

const settings = (keepFractions: readonly number[]) =>
  keepFractions.map((keepFraction) => ({ keepFraction, baseline: 'zero' as const }));

describe('what a keep fraction keeps', () => {
  it('is the k highest of distinct values, and everything at 1', () => {
    const maps = { shape: [1, 5], data: Float32Array.of(3, 1, 5, 2, 4) };
    const { thresholds, kept, ties } = keepRules(maps, settings([0, 0.2, 0.5, 0.99, 1]));
    expect([...thresholds]).toEqual([5, 4, 3, 1, -Infinity]);
    expect([...kept]).toEqual([0, 0.2, 0.4, 0.8, 1]);
    expect([...ties]).toEqual([0, 0, 0, 0, 0]);
  });

  it('is less than k when values tie across the k-th place, and that is counted', () => {
    // Descending 5 4 4 4 1. k = 1: θ = 4 and only 5 is kept, as wanted. k = 2 and 3: θ = 4, one kept instead of two, three.
    const maps = { shape: [1, 5], data: Float32Array.of(4, 4, 5, 1, 4) };
    const { kept, ties } = keepRules(maps, settings([0.2, 0.4, 0.6, 0.8]));
    expect([...kept]).toEqual([0.2, 0.2, 0.2, 0.8]);
    expect([...ties]).toEqual([0, 1, 1, 0]);
  });

  it('is nothing of a constant map, except at 1', () => {
    const maps = { shape: [2, 2, 2], data: new Float32Array(8) };
    const { kept, ties } = keepRules(maps, settings([0, 0.5, 1]));
    expect([...kept]).toEqual([0, 0, 0, 0, 1, 1]);
    expect([...ties]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('has k = ⌊n·f⌋ of the float64 product', () => {
    // 0.29·100 is 28.999999999999996 in float64, so k = 28, as in Python.
    const maps = { shape: [1, 100], data: Float32Array.from({ length: 100 }, (_, i) => i) };
    expect([...keepRules(maps, settings([0.29, 0.3])).kept]).toEqual([0.28, 0.3]);
  });
});

describe('what a keep threshold keeps', () => {
  it('is what lies strictly above it, rounded to float32 like the maps', () => {
    const maps = { shape: [1, 4], data: Float32Array.of(0.1, 0.3, -1, 0) };
    const rules = keepRules(
      maps,
      [0.1, 0, -2].map((keepThreshold) => ({ keepThreshold, baseline: 'zero' as const })),
    );
    expect([...rules.kept]).toEqual([0.25, 0.5, 1]);
    expect([...rules.ties]).toEqual([0, 0, 0]);
  });
});
