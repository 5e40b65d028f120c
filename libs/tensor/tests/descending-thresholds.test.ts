import { describe, expect, it } from 'vitest';
import { createNumpyRandom, descendingThresholds, keepRank } from '@xaigrid/tensor';
import ranks from './goldens/ranks.json' with { type: 'json' };

const fractions = [0, 0.1, 0.25, 0.3, 0.5, 0.77, 0.9, 1];

/** The definition, without sharing the sort or searching. */
function bruteForce(values: Float32Array, fraction: number) {
  const descending = [...values].sort((a, b) => b - a);
  const threshold = descending[Math.floor(values.length * fraction)] ?? -Infinity;
  return {
    threshold,
    kept: [...values].filter((value) => value > threshold).length,
    ties: [...values].filter((value) => value === threshold).length,
  };
}

describe('keepRank', () => {
  it("is Python's int(n * Fraction(repr(f))): of the decimal as it is written", () => {
    for (const [n = 0, fraction = 0, rank] of ranks) expect(keepRank(n, fraction), `${n} · ${fraction}`).toBe(rank);
  });
});

describe('descendingThresholds', () => {
  const random = createNumpyRandom(1);
  it.each([
    ['different values', () => random.randn()],
    ['many ties', () => random.choice(4)],
    ['one value', () => 0.25],
    ['zeros of both signs', () => (random.rand() < 0.5 ? 0 : -0)],
  ])('is what the definition says for %s', (_, draw) => {
    for (const n of [1, 2, 7, 40, 101]) {
      const values = Float32Array.from({ length: n }, draw);
      const { thresholds, kept, ties } = descendingThresholds(values, fractions);
      for (const [i, fraction] of fractions.entries()) {
        const expected = bruteForce(values, fraction);
        // == and not Object.is: −0 and 0 are the same threshold.
        expect(thresholds[i] === expected.threshold, `${n} values at ${fraction}`).toBe(true);
        expect({ kept: kept[i], ties: ties[i] }).toEqual({ kept: expected.kept, ties: expected.ties });
      }
    }
  });

  it('leaves the map as it is', () => {
    const values = Float32Array.of(3, 1, 2);
    descendingThresholds(values, [0.5]);
    expect([...values]).toEqual([3, 1, 2]);
  });

  it('ranks NaN below everything and never keeps it', () => {
    const { thresholds, kept, ties } = descendingThresholds(Float32Array.of(NaN, 2, NaN, 1), [0.25, 0.5, 1]);
    expect([...thresholds]).toEqual([1, -Infinity, -Infinity]);
    expect([...kept]).toEqual([1, 2, 2]);
    expect([...ties]).toEqual([1, 0, 0]);
  });

  it('ranks infinite values in their place', () => {
    const { thresholds, kept } = descendingThresholds(Float32Array.of(Infinity, 0, -Infinity), [0.34, 0.7]);
    expect([...thresholds]).toEqual([0, -Infinity]);
    expect([...kept]).toEqual([1, 2]);
  });
});
