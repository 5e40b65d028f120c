import { describe, expect, it } from 'vitest';
import { rankCorrelation as ofRanks, ranksOf } from '../src/statistics/rank-correlation.js';

const rankCorrelation = (a: Float32Array, b: Float32Array): number => ofRanks(ranksOf(a), ranksOf(b));
const of = (...values: readonly number[]): Float32Array => Float32Array.from(values);

describe('rank correlation', () => {
  it('is 1 of values in the same order, −1 of values in the opposite one', () => {
    expect(rankCorrelation(of(1, 2, 3, 10), of(-5, 0, 0.5, 7))).toBe(1);
    expect(rankCorrelation(of(1, 2, 3, 10), of(7, 6, 5, 4))).toBe(-1);
  });

  it('is 1 − 6 Σ d² / (n (n² − 1)) where no two values are equal', () => {
    const n = 50;
    const first = Float32Array.from({ length: n }, (_, at) => Math.sin(7 * at));
    const second = Float32Array.from({ length: n }, (_, at) => Math.cos(3 * at) + at / 100);
    const rank = (values: Float32Array, at: number): number => values.filter((value) => value < (values[at] ?? NaN)).length;
    let squares = 0;
    for (let at = 0; at < n; at++) squares += (rank(first, at) - rank(second, at)) ** 2;
    expect(rankCorrelation(first, second)).toBeCloseTo(1 - (6 * squares) / (n * (n * n - 1)), 12);
  });

  it('gives equal values the mean of their ranks, as spearmanr of SciPy does', () => {
    // The example of its documentation (SciPy 1.17).
    expect(rankCorrelation(of(1, 2, 3, 4, 5), of(5, 6, 7, 8, 7))).toBeCloseTo(0.8207826816681233, 14);
    // Ranks 0.5 0.5 2 3 and 1 1 1 3, less their mean 1.5: (−1)(−0.5) + (−1)(−0.5) + 0.5 (−0.5) + 1.5 · 1.5 = 3, over √(4.5 · 3).
    expect(rankCorrelation(of(1, 1, 2, 3), of(4, 4, 4, 9))).toBeCloseTo(3 / Math.sqrt(4.5 * 3), 14);
  });

  it('is not a number where a list has one value only', () => {
    expect(rankCorrelation(of(1, 1, 1), of(1, 2, 3))).toBeNaN();
    expect(rankCorrelation(of(), of())).toBeNaN();
  });
});
