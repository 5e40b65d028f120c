import { sampleRandom, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { keepRules } from '../src/faithfulness/drop-increase/keep-rules.js';

const settings = (keepFractions: readonly number[]) =>
  keepFractions.map((keepFraction) => ({ keepFraction, baseline: 'zero' as const }));

function rulesOf(maps: Tensor, asked: Parameters<typeof keepRules>[1]) {
  return keepRules(maps, asked, (sample) => sampleRandom(0, sample, 0));
}

describe('what a keep fraction keeps', () => {
  it('is the k highest of distinct values, and everything at 1', () => {
    const maps = { shape: [1, 5], data: Float32Array.of(3, 1, 5, 2, 4) };
    const { thresholds, kept, ties } = rulesOf(maps, settings([0, 0.2, 0.5, 0.99, 1]));
    expect([...thresholds]).toEqual([5, 4, 3, 1, -Infinity]);
    expect([...kept]).toEqual([0, 0.2, 0.4, 0.8, 1]);
    expect([...ties]).toEqual([0, 0, 0, 0, 0]);
  });

  it('is less than k when values tie across the k-th place, and that is counted', () => {
    // Descending 5 4 4 4 1. k = 1: θ = 4 and only 5 is kept, as wanted. k = 2 and 3: θ = 4, one kept instead of two, three.
    const maps = { shape: [1, 5], data: Float32Array.of(4, 4, 5, 1, 4) };
    const { kept, ties } = rulesOf(maps, settings([0.2, 0.4, 0.6, 0.8]));
    expect([...kept]).toEqual([0.2, 0.2, 0.2, 0.8]);
    expect([...ties]).toEqual([0, 1, 1, 0]);
  });

  it('is nothing of a constant map, except at 1', () => {
    const maps = { shape: [2, 2, 2], data: new Float32Array(8) };
    const { kept, ties } = rulesOf(maps, settings([0, 0.5, 1]));
    expect([...kept]).toEqual([0, 0, 0, 0, 1, 1]);
    expect([...ties]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('has k = ⌊n·f⌋ of the decimal as it is written', () => {
    // In float64 0.29·100 is 28.999999999999996.
    const maps = { shape: [1, 100], data: Float32Array.from({ length: 100 }, (_, i) => i) };
    expect([...rulesOf(maps, settings([0.29, 0.3])).kept]).toEqual([0.29, 0.3]);
  });
});

describe('what a keep fraction keeps with ties: random', () => {
  const byLot = (keepFractions: readonly number[]) =>
    settings(keepFractions).map((setting) => ({ ...setting, ties: 'random' as const }));

  it('is exactly k, all that lie above the tie and some of the tie, each as often', () => {
    const maps = { shape: [1, 5], data: Float32Array.of(4, 4, 5, 1, 4) };
    const times = [0, 0, 0, 0, 0];
    for (let sample = 0; sample < 3000; sample++) {
      const { thresholds, places, kept, ties } = keepRules(maps, byLot([0.4]), () => sampleRandom(1, sample, 2));
      const isKept = Array.from(places?.data ?? [], (place) => place > (thresholds[0] ?? NaN));
      expect([isKept.filter(Boolean).length, isKept[2], kept[0], ties[0]]).toEqual([2, true, 0.4, 1]);
      for (const [at, there] of isKept.entries()) times[at] = (times[at] ?? 0) + Number(there);
    }
    // A third of 3000, give or take four standard deviations of 26.
    for (const at of [0, 1, 4]) expect(Math.abs((times[at] ?? NaN) - 1000)).toBeLessThan(104);
    expect([times[2], times[3]]).toEqual([3000, 0]);
  });

  it('is what it is without where nothing ties', () => {
    const maps = { shape: [1, 5], data: Float32Array.of(3, 1, 5, 2, 4) };
    const { thresholds, places, kept, ties } = rulesOf(maps, byLot([0, 0.5, 1]));
    const keptAt = Array.from(thresholds, (threshold) => Array.from(places?.data ?? [], (place) => place > threshold));
    expect(keptAt).toEqual([
      [false, false, false, false, false],
      [false, false, true, false, true],
      [true, true, true, true, true],
    ]);
    expect([...kept, ...ties]).toEqual([0, 0.4, 1, 0, 0, 0]);
  });
});

describe('what a keep threshold keeps', () => {
  it('is what lies strictly above it, rounded to float32 like the maps', () => {
    const maps = { shape: [1, 4], data: Float32Array.of(0.1, 0.3, -1, 0) };
    const rules = rulesOf(
      maps,
      [0.1, 0, -2].map((keepThreshold) => ({ keepThreshold, baseline: 'zero' as const })),
    );
    expect([...rules.kept]).toEqual([0.25, 0.5, 1]);
    expect([...rules.ties]).toEqual([0, 0, 0]);
  });
});
