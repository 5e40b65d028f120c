import { setImmediate } from 'node:timers/promises';
import { grouped } from '@xaigrid/contracts';
import { bootstrapPValue, createResamples, resampledSums, type Resamples } from '@xaigrid/tensor';
import type { Statements } from '../sql/prisma.js';
import { familyKey, sidesOf, type TestedPair } from './comparison-pairs.js';
import type { RunScoreSet } from './run-score-sets.js';
import { addToGroup, chosenGroups, createSampleGroups, emptySums, plannedTogether, type GroupSums } from './sample-groups.js';
import { streamScores } from './score-stream.js';

/** As the smallest p-value is 2/(B + 1), this tells apart in a family of up to 250 pairs. */
const RESAMPLES = 9_999;

/**
 * P-values of the bootstrap, family by family: what is held at a time is one sum a pair and group. NaN where there are too few
 * samples.
 */
export async function bootstrapPValues(queries: Statements, pairs: readonly TestedPair[]): Promise<number[]> {
  const pValues = pairs.map(() => NaN);
  const resamplesOf = keptResamples();
  for (const family of grouped([...pairs.keys()], (at) => familyKey(pairs[at])).values()) {
    const own = family.flatMap((at) => pairs[at] ?? []);
    const sums = await sumFamily(queries, own);
    const meansOf = resampledColumns(sums, resamplesOf);
    for (const [place, { first, second, isPaired }] of own.entries()) {
      const sides = sums.pairs[place] ?? [];
      const whole = isPaired && sums.complete ? [meansOf(first), meansOf(second)] : undefined;
      const [one = new Float64Array(), other] =
        whole ?? sides.map((side, number) => resampledMeans(withoutEmpty(side), resamplesOf, number));
      const differences = other === undefined ? one : one.map((mean, at) => mean - (other[at] ?? NaN));
      if (sides.every(({ counts }) => counts.reduce((sum, count) => sum + count, 0) > 1))
        pValues[family[place] ?? 0] = bootstrapPValue(differences);
      // Whoever serves others meanwhile gets a turn.
      await setImmediate();
    }
  }
  return pValues;
}

interface FamilySums {
  /** By pair the sums of the differences in each group; of one that is not paired the sums of each side. */
  readonly pairs: readonly (readonly GroupSums[])[];
  /** By score set the sums of its scores in each group. */
  readonly columns: ReadonlyMap<RunScoreSet, GroupSums>;
  /** Whether every score set has a score of every sample. */
  readonly complete: boolean;
}

async function sumFamily(queries: Statements, pairs: readonly TestedPair[]): Promise<FamilySums> {
  const columns = [...new Map(pairs.flatMap((pair) => sidesOf(pair)).map((side) => [side.set, side])).values()];
  const places = new Map(columns.map(({ set }, at) => [set, at]));
  const groups = createSampleGroups(plannedTogether(columns.map(({ set }) => set)));
  const empty = (): GroupSums => emptySums(groups);
  const sums = pairs.map(({ isPaired }) => (isPaired ? [empty()] : [empty(), empty()]));
  const own = columns.map(empty);
  let complete = true;
  for await (const { sampleIndices, values } of streamScores(queries, columns)) {
    const groupOf = sampleIndices.map((sample) => groups.of(sample));
    for (const [at, column] of values.entries()) {
      addAll(own[at], groupOf, (sample) => column[sample] ?? NaN);
      complete &&= !column.some(Number.isNaN);
    }
    for (const [at, { first, second, isPaired }] of pairs.entries()) {
      const [a, b] = [values[places.get(first) ?? 0], values[places.get(second) ?? 0]];
      const [one, other] = sums[at] ?? [];
      if (isPaired) addAll(one, groupOf, (sample) => (a?.[sample] ?? NaN) - (b?.[sample] ?? NaN));
      else {
        addAll(one, groupOf, (sample) => a?.[sample] ?? NaN);
        addAll(other, groupOf, (sample) => b?.[sample] ?? NaN);
      }
    }
  }
  return { pairs: sums, columns: new Map(columns.map(({ set }, at) => [set, own[at] ?? empty()])), complete };
}

function addAll(sums: GroupSums | undefined, groupOf: Int32Array, valueOf: (sample: number) => number): void {
  for (const [sample, group] of groupOf.entries()) addToGroup(sums, group, valueOf(sample));
}

type ResamplesOf = (groups: number, number: number) => Resamples;

/**
 * The means of score sets that all have the same samples, each resampled once: the difference of two means is the mean of the
 * differences. Of 15 methods these are 15 instead of 105 pairs.
 */
function resampledColumns({ columns }: FamilySums, resamplesOf: ResamplesOf): (set: RunScoreSet) => Float64Array<ArrayBuffer> {
  const kept = new Map<RunScoreSet, Float64Array<ArrayBuffer>>();
  return (set) => {
    const sums = columns.get(set);
    const means = kept.get(set) ?? (sums === undefined ? new Float64Array() : resampledMeans(withoutEmpty(sums), resamplesOf, 0));
    kept.set(set, means);
    return means;
  };
}

/** @param number which resamples: two sides that are not paired are resampled independently */
function resampledMeans({ values, counts }: GroupSums, resamplesOf: ResamplesOf, number: number): Float64Array<ArrayBuffer> {
  const resamples = resamplesOf(values.length, number);
  const sizes = counts.every((count) => count === 1) ? undefined : resampledSums(counts, resamples);
  return resampledSums(values, resamples).map((sum, at) => sum / (sizes?.[at] ?? values.length));
}

function withoutEmpty(sums: GroupSums): GroupSums {
  return chosenGroups(sums, (group) => (sums.counts[group] ?? 0) > 0);
}

/** Pairs mostly have equally many groups: their resamples are drawn once. Up to 20 MB each. */
function keptResamples(): ResamplesOf {
  const kept = new Map<number, Resamples>();
  return (groups, number) => {
    const last = kept.get(number);
    if (last?.groups === groups) return last;
    const drawn = createResamples({ groups, count: RESAMPLES, number });
    kept.set(number, drawn);
    return drawn;
  };
}
