import { grouped, type Comparison } from '@xaigrid/contracts';
import { holmAdjusted, signedRankPValue, welchPValue } from '@xaigrid/tensor';
import type { Statements } from '../sql/prisma.js';
import { bootstrapPValues } from './comparison-bootstrap.js';
import { readMoments, readSignedRanks } from './comparison-differences.js';
import { familyKey, sidesOf, type TestedPair } from './comparison-pairs.js';

type TestResult = NonNullable<Comparison['test']>;

/**
 * Tests each pair, and corrects by Holm over its family: all pairs here of one measure and setting. Undefined where there are too
 * few samples.
 */
export async function testPairs(
  queries: Statements,
  pairs: readonly TestedPair[],
  test: 'bootstrap' | 'wilcoxon',
): Promise<(TestResult | undefined)[]> {
  const pValues = test === 'wilcoxon' ? await rankPValues(queries, pairs) : await bootstrapPValues(queries, pairs);
  const results: (TestResult | undefined)[] = pairs.map(() => undefined);
  const families = grouped(
    [...pairs.keys()].filter((at) => !Number.isNaN(pValues[at] ?? NaN)),
    (at) => familyKey(pairs[at]),
  );
  for (const family of families.values()) {
    const adjusted = holmAdjusted(family.map((at) => pValues[at] ?? NaN));
    for (const [place, at] of family.entries()) {
      const isPaired = pairs[at]?.isPaired === true;
      const name = isPaired ? test : test === 'wilcoxon' ? 'welch' : 'unpaired-bootstrap';
      results[at] = { name, p: pValues[at] ?? NaN, holm: adjusted[place] ?? NaN, family: family.length };
    }
  }
  return results;
}

async function rankPValues(queries: Statements, pairs: readonly TestedPair[]): Promise<number[]> {
  const pValues = pairs.map(() => NaN);
  const placesOf = (isPaired: boolean): number[] => [...pairs.keys()].filter((at) => pairs[at]?.isPaired === isPaired);
  const paired = placesOf(true);
  for (const { pair, ...ranks } of await readSignedRanks(
    queries,
    paired.flatMap((at) => pairs[at] ?? []),
  ))
    if (ranks.zeros + ranks.count > 1) pValues[paired[pair - 1] ?? 0] = signedRankPValue(ranks);
  const unpaired = placesOf(false);
  const sides = unpaired.flatMap((at) => sidesOf(pairs[at]));
  const moments = await readMoments(queries, sides);
  for (const [place, at] of unpaired.entries()) {
    const [a, b] = [moments[2 * place], moments[2 * place + 1]].map((side) => ({
      ...{ count: side?.count ?? 0, mean: side?.mean ?? NaN, variance: side?.variance ?? NaN },
    }));
    if (a !== undefined && b !== undefined) pValues[at] = welchPValue(a, b);
  }
  return pValues;
}
