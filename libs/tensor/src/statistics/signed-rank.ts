import { normalTail } from './normal-tail.js';

/**
 * What the signed-rank test needs of paired differences; ranks are of the sizes of those that are not zero, equal ones have the
 * mean of their ranks.
 */
export interface SignedRanks {
  /** Differences that are zero. */
  readonly zeros: number;
  /** Differences that are not. */
  readonly count: number;
  /** The sum of the ranks of those above zero. */
  readonly rankSum: number;
  /** How many differences have each size, by ascending size; only looked at where the test is exact. */
  readonly sizes: readonly number[];
  /** Σ (t³ − t) over the sizes that t differences have. */
  readonly ties: number;
}

/** As SciPy: up to so many differences the p-value is exact; with zeros or equal sizes among them up to so many. */
const EXACT_TO = 50;
const EXACT_WITH_TIES_TO = 13;

/**
 * The two-sided p-value of Wilcoxon's signed-rank test (Wilcoxon 1945), as `scipy.stats.wilcoxon` 1.17 computes it with its
 * defaults: zeros are left out; exact for up to 50 differences of which none is zero and no two have the same size, and, given
 * the ranks, for up to 13 of any; otherwise by the normal approximation with the correction of its variance for ties, without a
 * correction for continuity. 1 where all differences are zero.
 */
export function signedRankPValue(signed: SignedRanks): number {
  const { zeros, count, rankSum, ties } = signed;
  if (count === 0) return 1;
  const plain = zeros === 0 && ties === 0;
  if (count + zeros <= (plain ? EXACT_TO : EXACT_WITH_TIES_TO)) return exactPValue(signed);
  const mean = (count * (count + 1)) / 4;
  const variance = (count * (count + 1) * (2 * count + 1) - ties / 2) / 24;
  return Math.min(1, 2 * normalTail(Math.abs(rankSum - mean) / Math.sqrt(variance)));
}

/** Each of the 2ⁿ ways to give the ranks signs is equally likely; how many have each rank sum is counted rank by rank. */
function exactPValue({ sizes, rankSum }: SignedRanks): number {
  const doubled = doubledRanks(sizes);
  const most = doubled.reduce((sum, rank) => sum + rank, 0);
  let ways = new Float64Array(most + 1);
  ways[0] = 1;
  for (const rank of doubled) ways = ways.map((count, sum) => count + (sum >= rank ? (ways[sum - rank] ?? 0) : 0));
  const found = Math.round(2 * rankSum);
  const below = ways.subarray(0, found + 1).reduce((sum, count) => sum + count, 0);
  const above = ways.subarray(found).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * Math.min(below, above)) / 2 ** doubled.length);
}

/** Twice the rank of each difference, which is whole also where ranks are shared. */
function doubledRanks(sizes: readonly number[]): number[] {
  let before = 0;
  return sizes.flatMap((equal) => {
    const rank = 2 * before + equal + 1;
    before += equal;
    return Array.from({ length: equal }, () => rank);
  });
}
