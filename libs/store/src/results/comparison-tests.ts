import { setImmediate } from 'node:timers/promises';
import { grouped, type Comparison } from '@xaigrid/contracts';
import { bootstrapPValue, createResamples, holmAdjusted, resampledSums, signedRankPValue, welchPValue } from '@xaigrid/tensor';
import type { Statements } from '../sql/prisma.js';
import { readMoments, readSignedRanks } from './comparison-differences.js';
import { sectionKey, type Pair } from './comparison-pairs.js';
import { createSampleGroups, plannedTogether } from './sample-groups.js';
import { streamScores, type ScoreColumn } from './score-stream.js';

/** As the smallest p-value is 2/(B + 1), this tells apart in a family of up to 250 pairs. */
const RESAMPLES = 9_999;

/** A pair, and whether its sides have samples in common. */
export interface TestedPair extends Pair {
  readonly isPaired: boolean;
}

type TestResult = NonNullable<Comparison['test']>;

/** Tests each pair, and corrects by Holm over its family: all pairs here of one measure and setting. Undefined where there are too few samples. */
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

function familyKey(pair: Pair | undefined): string {
  return pair === undefined ? '' : `${sectionKey(pair.first, pair.across)} ${pair.position}`;
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

export function sidesOf(pair: Pair | undefined): ScoreColumn[] {
  return pair === undefined ? [] : [pair.first, pair.second].map((set) => ({ set, position: pair.position }));
}

/** Family by family: what is held at a time is one sum a pair and group. */
async function bootstrapPValues(queries: Statements, pairs: readonly TestedPair[]): Promise<number[]> {
  const pValues = pairs.map(() => NaN);
  const resamplesOf = keptResamples();
  for (const family of grouped([...pairs.keys()], (at) => familyKey(pairs[at])).values()) {
    const own = family.flatMap((at) => pairs[at] ?? []);
    for (const [place, sums] of (await groupSums(queries, own)).entries()) {
      const means = sums.map((side, number) => {
        const { values, counts } = withoutEmpty(side);
        const resamples = resamplesOf(values.length, number);
        const sizes = counts.every((count) => count === 1) ? undefined : resampledSums(counts, resamples);
        return resampledSums(values, resamples).map((sum, at) => sum / (sizes?.[at] ?? values.length));
      });
      const samples = sums.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0));
      const [first = new Float64Array(), second] = means;
      const differences = second === undefined ? first : first.map((mean, at) => mean - (second[at] ?? NaN));
      if (samples.every((count) => count > 1)) pValues[family[place] ?? 0] = bootstrapPValue(differences);
      // Whoever serves others meanwhile gets a turn.
      await setImmediate();
    }
  }
  return pValues;
}

interface GroupSums {
  readonly values: Float64Array<ArrayBuffer>;
  readonly counts: Float64Array<ArrayBuffer>;
}

/** Of each pair the sums of the differences in each group; of one that is not paired the sums of each side. */
async function groupSums(queries: Statements, pairs: readonly TestedPair[]): Promise<GroupSums[][]> {
  const columns = [...new Map(pairs.flatMap((pair) => sidesOf(pair)).map((side) => [side.set, side])).values()];
  const places = new Map(columns.map(({ set }, at) => [set, at]));
  const planned = plannedTogether(columns.map(({ set }) => set));
  const groups = createSampleGroups(planned);
  const size = groups.most;
  const sums = pairs.map(({ isPaired }) =>
    Array.from({ length: isPaired ? 1 : 2 }, () => ({ values: new Float64Array(size), counts: new Float64Array(size) })),
  );
  const add = (side: GroupSums | undefined, group: number, value: number): void => {
    if (side === undefined || Number.isNaN(value)) return;
    side.values[group] = (side.values[group] ?? 0) + value;
    side.counts[group] = (side.counts[group] ?? 0) + 1;
  };
  for await (const { sampleIndices, values } of streamScores(queries, columns)) {
    const groupOf = sampleIndices.map((sample) => groups.of(sample));
    for (const [at, { first, second, isPaired }] of pairs.entries()) {
      const [a, b] = [values[places.get(first) ?? 0], values[places.get(second) ?? 0]];
      const [one, other] = sums[at] ?? [];
      for (let sample = 0; sample < groupOf.length; sample++) {
        const group = groupOf[sample] ?? 0;
        const [valueA, valueB] = [a?.[sample] ?? NaN, b?.[sample] ?? NaN];
        add(one, group, isPaired ? valueA - valueB : valueA);
        if (!isPaired) add(other, group, valueB);
      }
    }
  }
  return sums;
}

function withoutEmpty({ values, counts }: GroupSums): GroupSums {
  const has = (_: number, group: number): boolean => (counts[group] ?? 0) > 0;
  return { values: values.filter(has), counts: counts.filter(has) };
}

/** Pairs mostly have equally many groups: their resamples are drawn once. Up to 20 MB each. */
function keptResamples(): (groups: number, number: number) => ReturnType<typeof createResamples> {
  const kept = new Map<number, ReturnType<typeof createResamples>>();
  return (groups, number) => {
    const last = kept.get(number);
    if (last?.groups === groups) return last;
    const drawn = createResamples({ groups, count: RESAMPLES, number });
    kept.set(number, drawn);
    return drawn;
  };
}
