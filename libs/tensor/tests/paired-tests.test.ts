import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { holmAdjusted, kendallTau, signedRankPValue, welchPValue, type SignedRanks } from '../src/index.js';
import { normalTail } from '../src/statistics/normal-tail.js';
import { studentTails } from '../src/statistics/student-tail.js';

interface Group {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}
interface Golden {
  readonly wilcoxon: readonly { readonly kind: string; readonly differences: readonly number[]; readonly p: number }[];
  readonly welch: readonly { readonly groups: readonly [Group, Group]; readonly p: number }[];
  readonly kendall: readonly { readonly a: readonly number[]; readonly b: readonly number[]; readonly tau: number | null }[];
  readonly tails: readonly { readonly z: number; readonly p: number }[];
  readonly student: readonly { readonly t: number; readonly freedom: number; readonly p: number }[];
  readonly holm: readonly { readonly p: readonly number[]; readonly adjusted: readonly number[] }[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../../tests/parity/scipy/paired_tests.json', import.meta.url), 'utf8'),
) as Golden;

/** From the differences themselves, as the store counts them in SQL. */
function signedRanks(differences: readonly number[]): SignedRanks {
  const found = differences.filter((difference) => difference !== 0);
  const values = [...new Set(found.map(Math.abs))].sort((a, b) => a - b);
  const sizes = values.map((size) => found.filter((difference) => Math.abs(difference) === size).length);
  const rankOf = (difference: number): number =>
    found.filter((other) => Math.abs(other) < Math.abs(difference)).length +
    (found.filter((other) => Math.abs(other) === Math.abs(difference)).length + 1) / 2;
  return {
    ...{ zeros: differences.length - found.length, count: found.length, sizes },
    rankSum: found.filter((difference) => difference > 0).reduce((sum, difference) => sum + rankOf(difference), 0),
    ties: sizes.reduce((sum, equal) => sum + equal ** 3 - equal, 0),
  };
}

/** Largest |found / wanted − 1|. */
const relative = (found: number, wanted: number): number => (found === wanted ? 0 : Math.abs(found / wanted - 1));

describe('the signed-rank test', () => {
  it.each(golden.wilcoxon)('has the p-value of SciPy: $kind, $differences.length differences', ({ differences, p }) => {
    // Counts are exact, tails of the normal distribution have 13 digits.
    expect(relative(signedRankPValue(signedRanks(differences)), p)).toBeLessThan(1e-12);
  });

  it('counts signs by brute force where sizes are equal', () => {
    const differences = [1, 1, -1, 2, -2, 2, 3, 3, -4, 5, 5];
    const { rankSum, sizes } = signedRanks(differences);
    const ranks = sizes.flatMap((equal, at) => {
      const before = sizes.slice(0, at).reduce((sum, one) => sum + one, 0);
      return Array.from({ length: equal }, () => before + (equal + 1) / 2);
    });
    const sums = Array.from({ length: 2 ** ranks.length }, (_, signs) =>
      ranks.reduce((sum, rank, at) => sum + ((signs >> at) & 1) * rank, 0),
    );
    const tail = Math.min(sums.filter((sum) => sum >= rankSum).length, sums.filter((sum) => sum <= rankSum).length);
    expect(signedRankPValue(signedRanks(differences))).toBeCloseTo((2 * tail) / sums.length, 15);
  });

  it('finds nothing in differences that are all zero', () => {
    expect(signedRankPValue(signedRanks([0, 0, 0]))).toBe(1);
  });
});

describe('Welch’s test', () => {
  it.each(golden.welch)('has the p-value of SciPy: $groups.0.count and $groups.1.count samples', ({ groups: [a, b], p }) => {
    // Moments are given to 17 digits; logarithms of gamma functions of 500 have an absolute error of 1e-12.
    expect(relative(welchPValue(a, b), p)).toBeLessThan(1e-11);
  });

  it('needs two samples a group, and says of groups without variance whether they are equal', () => {
    const group = (count: number, mean: number) => ({ count, mean, variance: 0 });
    expect(welchPValue(group(1, 0), group(5, 1))).toBeNaN();
    expect([welchPValue(group(5, 1), group(5, 1)), welchPValue(group(5, 0), group(5, 1))]).toEqual([1, 0]);
  });
});

describe('tails of distributions', () => {
  it.each(golden.tails)('of the normal at $z', ({ z, p }) => {
    expect(relative(normalTail(z), p)).toBeLessThan(2e-13);
  });

  it.each(golden.student)('of Student’s with $freedom degrees of freedom at $t', ({ t, freedom, p }) => {
    // Of a million degrees of freedom the logarithms of gamma functions are 6e6, known to 1e-9.
    expect(relative(studentTails(t, freedom), p)).toBeLessThan(freedom > 1e5 ? 1e-8 : 1e-10);
  });
});

describe('Holm’s correction', () => {
  it.each(golden.holm)('is that of statsmodels: $p.length tests', ({ p, adjusted }) => {
    holmAdjusted(p).forEach((value, at) => {
      expect(relative(value, adjusted[at] ?? NaN)).toBeLessThan(1e-15);
    });
  });

  it('is the example by hand: 0.01, 0.04, 0.03 and 0.005', () => {
    // 4 · 0.005, 3 · 0.01, 2 · 0.03, and 0.04, which may not be less than the one before.
    expect(holmAdjusted([0.01, 0.04, 0.03, 0.005]).map((p) => p.toFixed(12))).toEqual(
      [0.03, 0.06, 0.06, 0.02].map((p) => p.toFixed(12)),
    );
  });
});

describe('Kendall’s tau-b', () => {
  it.each(golden.kendall)('is that of SciPy: $a and $b', ({ a, b, tau }) => {
    const found = kendallTau(Float64Array.from(a), Float64Array.from(b));
    if (tau === null) expect(found).toBeNaN();
    else expect(found).toBeCloseTo(tau, 15);
  });
});
