import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asymptoticSequence, bettingSequence, sampleRandom } from '../src/index.js';
import { radiusAt } from '../src/statistics/asymptotic-sequence.js';

interface Golden {
  readonly alpha: number;
  readonly population: number;
  readonly sequences: readonly {
    readonly kind: string;
    readonly values: readonly number[];
    readonly capital: readonly { readonly mean: number; readonly above: number | null; readonly below: number | null }[];
    readonly low: number;
    readonly high: number;
  }[];
  readonly boundary: readonly { readonly count: number; readonly alpha: number; readonly sum: number }[];
}
const golden = JSON.parse(readFileSync(new URL('../../../tests/parity/confseq/betting.json', import.meta.url), 'utf8')) as Golden;
const { alpha, population } = golden;

/** Uniform in [0, 1), the same at each call. */
function uniform(count: number, seed = 0): Float64Array {
  const random = sampleRandom(seed, 0, 0);
  return Float64Array.from({ length: count }, () => random.uniform());
}

describe('the betting sequence', () => {
  it.each(golden.sequences)('excludes means when confseq does: $kind, $values.length values', ({ values, capital }) => {
    const sequence = bettingSequence(Float64Array.from(values), { low: 0, high: 1, population, alpha });
    for (const { mean, above, below } of capital)
      expect([sequence.above(mean) ?? null, sequence.below(mean) ?? null]).toEqual([above, below]);
  });

  it.each(golden.sequences)('has the interval of confseq: $kind, $values.length values', ({ values, low, high }) => {
    const found = bettingSequence(Float64Array.from(values), { low: 0, high: 1, population, alpha }).interval();
    // confseq gives points of a grid of 1/2000, one outside what it does not exclude.
    expect(Math.abs(found.low - low)).toBeLessThan(1.1e-3);
    expect(Math.abs(found.high - high)).toBeLessThan(1.1e-3);
  });

  it('moves with its bounds', () => {
    const values = uniform(80);
    const plain = bettingSequence(values, { low: 0, high: 1, population: 500, alpha }).interval();
    const moved = bettingSequence(
      values.map((value) => 6 * value - 4),
      { low: -4, high: 2, population: 500, alpha },
    ).interval();
    expect(moved.low).toBeCloseTo(6 * plain.low - 4, 10);
    expect(moved.high).toBeCloseTo(6 * plain.high - 4, 10);
  });

  it('excludes what the values that are left could not make up for, and nothing else once all are seen', () => {
    const values = Float64Array.of(1, 1, 1, 0, 1);
    const sequence = bettingSequence(values, { low: 0, high: 1, population: 5, alpha: 1e-9 });
    // Of five values four are 1. After three ones the mean is at least 0.6.
    expect([sequence.above(0.5), sequence.above(0.6), sequence.below(0.9)]).toEqual([3, 5, 4]);
    expect([sequence.above(0.8), sequence.below(0.8)]).toEqual([undefined, undefined]);
    expect(sequence.interval().low).toBeCloseTo(0.8, 10);
    expect(sequence.interval().high).toBeCloseTo(0.8, 10);
  });

  it('never says that differences of zero have a sign', () => {
    const sequence = bettingSequence(new Float64Array(1000), { low: -1, high: 1, population: 1000, alpha });
    expect([sequence.above(0), sequence.below(0)]).toEqual([undefined, undefined]);
  });
});

describe('the asymptotic sequence', () => {
  it.each(golden.boundary)('has the boundary of confseq: $count values at $alpha', ({ count, sum, ...options }) => {
    // Of a population without end nothing is used up.
    const radius = radiusAt(count, { population: Infinity, alpha: options.alpha });
    expect(Number.isNaN(radius) ? radiusAt(count, { population: 1e15, alpha: options.alpha }) : radius).toBeCloseTo(
      sum / count,
      9,
    );
  });

  it('counts t of N values as t·N/(N − t)', () => {
    expect(radiusAt(500, { population: 1000, alpha })).toBeCloseTo(radiusAt(1000, { population: 1e15, alpha }), 9);
  });

  it('is the intersection of the intervals so far, from 100 values on and to 100 before the end', () => {
    const values = uniform(400, 3);
    const wanted = { low: -Infinity, high: Infinity };
    for (let count = 100; count <= 300; count++) {
      const seen = values.subarray(0, count);
      const mean = seen.reduce((sum, value) => sum + value, 0) / count;
      const variance = seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
      const radius = Math.sqrt(variance) * radiusAt(count, { population: 400, alpha });
      wanted.low = Math.max(wanted.low, mean - radius);
      wanted.high = Math.min(wanted.high, mean + radius);
    }
    for (const count of [300, 399, 400]) {
      const found = asymptoticSequence(values.subarray(0, count), { population: 400, alpha }).interval();
      expect(found.low).toBeCloseTo(wanted.low, 10);
      expect(found.high).toBeCloseTo(wanted.high, 10);
    }
    expect(asymptoticSequence(values.subarray(0, 99), { population: 400, alpha }).interval()).toEqual({
      low: -Infinity,
      high: Infinity,
    });
  });

  it('finds the sign of a mean that is plain, and when', () => {
    const values = uniform(300).map((value) => value + 0.2);
    const sequence = asymptoticSequence(values, { population: 10_000, alpha });
    expect([sequence.above(0), sequence.below(2), sequence.below(0)]).toEqual([100, 100, undefined]);
  });

  it('says nothing of values that are all the same', () => {
    const sequence = asymptoticSequence(new Float64Array(500).fill(0.1), { population: 10_000, alpha });
    expect(sequence.interval()).toEqual({ low: -Infinity, high: Infinity });
  });
});
