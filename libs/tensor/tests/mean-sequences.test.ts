import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asymptoticSequence, bettingSequence, bothSay, sampleRandom } from '../src/index.js';
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

  it('excludes means when the capital of independent values does', () => {
    const values = uniform(200, 5);
    for (const mean of [0.3, 0.4, 0.6, 0.7]) {
      // By hand, as the paper has it.
      let [sum, squares, variance, up, down] = [0, 0, 1 / 4, 1, 1];
      let [above, below]: (number | undefined)[] = [undefined, undefined];
      for (const [index, value] of values.entries()) {
        const count = index + 1;
        const bet = Math.sqrt((2 * Math.log(2 / alpha)) / (variance * count * Math.log(count + 1)));
        up *= 1 + Math.min(bet, 1 / (2 * mean)) * (value - mean);
        down *= 1 - Math.min(bet, 1 / (2 * (1 - mean))) * (value - mean);
        if (up >= 2 / alpha) above ??= count;
        if (down >= 2 / alpha) below ??= count;
        sum += value;
        squares += (value - (1 / 2 + sum) / (count + 1)) ** 2;
        variance = (1 / 4 + squares) / (count + 1);
      }
      const sequence = bettingSequence(values, { low: 0, high: 1, alpha });
      expect([sequence.above(mean), sequence.below(mean)]).toEqual([above, below]);
    }
  });

  it('never says that differences of zero have a sign', () => {
    const sequence = bettingSequence(new Float64Array(1000), { low: -1, high: 1, population: 1000, alpha });
    expect([sequence.above(0), sequence.below(0)]).toEqual([undefined, undefined]);
  });
});

describe('what two sequences say', () => {
  it('is the later time, and the hull of their intervals', () => {
    const values = uniform(300);
    const [one, other] = [
      bettingSequence(values, { low: 0, high: 1, population: 300, alpha }),
      bettingSequence(values, { low: 0, high: 1, alpha }),
    ];
    const both = bothSay(one, other);
    for (const mean of [0.3, 0.4]) expect(both.above(mean)).toBe(Math.max(one.above(mean) ?? NaN, other.above(mean) ?? NaN));
    // All values of the population are known, so that one excludes what the other cannot.
    const mean = values.reduce((sum, value) => sum + value, 0) / 300 - 0.01;
    expect([one.above(mean), other.above(mean), both.above(mean)]).toEqual([expect.any(Number), undefined, undefined]);
    expect(both.interval()).toEqual(other.interval());
  });
});

describe('the asymptotic sequence', () => {
  it.each(golden.boundary)('has the boundary of confseq: $count values at $alpha', ({ count, sum, ...options }) => {
    expect(radiusAt(count, options.alpha)).toBeCloseTo(sum / count, 12);
  });

  it('is the intersection of the intervals so far, from 100 values on', () => {
    const values = uniform(300, 3);
    const wanted = { low: -Infinity, high: Infinity };
    for (let count = 100; count <= 300; count++) {
      const seen = values.subarray(0, count);
      const mean = seen.reduce((sum, value) => sum + value, 0) / count;
      const variance = seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
      const radius = Math.sqrt(variance) * radiusAt(count, alpha);
      wanted.low = Math.max(wanted.low, mean - radius);
      wanted.high = Math.min(wanted.high, mean + radius);
    }
    const found = asymptoticSequence(values, { alpha }).interval();
    expect(found.low).toBeCloseTo(wanted.low, 10);
    expect(found.high).toBeCloseTo(wanted.high, 10);
    expect(asymptoticSequence(values.subarray(0, 99), { alpha }).interval()).toEqual({ low: -Infinity, high: Infinity });
  });

  it('finds the sign of a mean that is plain, and when', () => {
    const values = uniform(300).map((value) => value + 0.2);
    const sequence = asymptoticSequence(values, { alpha });
    expect([sequence.above(0), sequence.below(2), sequence.below(0)]).toEqual([100, 100, undefined]);
  });

  it('says nothing of values that are all the same', () => {
    const sequence = asymptoticSequence(new Float64Array(500).fill(0.1), { alpha });
    expect(sequence.interval()).toEqual({ low: -Infinity, high: Infinity });
  });
});
