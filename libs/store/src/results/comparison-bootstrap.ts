import { setImmediate } from 'node:timers/promises';
import { differenceOf, grouped } from '@xaigrid/contracts';
import { bootstrapPValue, COLUMNS_TOGETHER, createResamples, resampledSums, type Resamples } from '@xaigrid/tensor';
import type { Statements } from '../sql/prisma.js';
import { familyKey, sidesOf, type TestedPair } from './comparison-pairs.js';
import type { RunScoreSet } from './run-score-sets.js';
import { addToGroup, chosenGroups, createSampleGroups, emptySums, plannedTogether, type GroupSums } from './sample-groups.js';
import { streamScores } from './score-stream.js';

/** As the smallest p-value is 2/(B + 1), this tells apart in a family of up to 250 pairs. */
const RESAMPLES = 9_999;

/** Rounding of up to this share of all differences moves no p-value by more than the resamples know it. */
const ROUNDING_SHARE = 1e-3;

/** Pairs that are resampled by themselves at a time: their means take 80 kB each. */
const PAIRS_TOGETHER = 4 * COLUMNS_TOGETHER;

/**
 * P-values of the bootstrap, family by family: what is held at a time is one sum a pair and group. NaN where there are too few
 * samples.
 */
export async function bootstrapPValues(queries: Statements, pairs: readonly TestedPair[]): Promise<number[]> {
  const pValues = pairs.map(() => NaN);
  const resamplesOf = keptResamples();
  for (const family of grouped([...pairs.keys()], (at) => familyKey(pairs[at])).values()) {
    const sums = await sumFamily(
      queries,
      family.flatMap((at) => pairs[at] ?? []),
    );
    const wholes = await resampledColumns(sums, resamplesOf);
    for (let from = 0; from < family.length; from += PAIRS_TOGETHER) {
      const chunk = family.slice(from, from + PAIRS_TOGETHER).map((at, place) => ({ at, sums: sums.pairs[from + place] }));
      const apart = chunk.flatMap(({ sums: own }) => (own === undefined || wholes.has(own) ? [] : own.sides));
      const means = new Map((await resampledMeans(apart, resamplesOf)).map((resampled, at) => [apart[at], resampled]));
      for (const { at, sums: own } of chunk) {
        if (own === undefined || own.sides.some(({ counts }) => counts.reduce((sum, count) => sum + count, 0) < 2)) continue;
        const [one = new Float64Array(), other] = wholes.get(own) ?? own.sides.flatMap((side) => means.get(side) ?? []);
        pValues[at] = bootstrapPValue(other === undefined ? one : one.map((mean, draw) => mean - (other[draw] ?? NaN)));
      }
    }
  }
  return pValues;
}

/** Sums of scores, or of differences of scores, in each group. */
interface SideSums extends GroupSums {
  /** Which resamples: two sides that are not paired are resampled independently. */
  readonly number: number;
}

interface PairSums {
  readonly pair: TestedPair;
  /** The differences; of a pair that is not paired the scores of each side. */
  readonly sides: readonly SideSums[];
  /** Σ |difference| of the scores that differ by rounding alone, which does not count, and of the others. */
  rounding: number;
  told: number;
}

interface FamilySums {
  readonly pairs: readonly PairSums[];
  /** By score set the sums of its scores in each group. */
  readonly columns: ReadonlyMap<RunScoreSet, GroupSums>;
  /** Whether every score set has a score of every sample. */
  readonly complete: boolean;
}

async function sumFamily(queries: Statements, pairs: readonly TestedPair[]): Promise<FamilySums> {
  const columns = [...new Map(pairs.flatMap((pair) => sidesOf(pair)).map((side) => [side.set, side])).values()];
  const places = new Map(columns.map(({ set }, at) => [set, at]));
  const groups = createSampleGroups(plannedTogether(columns.map(({ set }) => set)));
  const empty = (number: number): SideSums => ({ ...emptySums(groups), number });
  const sums = pairs.map((pair): PairSums => ({
    pair,
    sides: pair.isPaired ? [empty(0)] : [empty(0), empty(1)],
    rounding: 0,
    told: 0,
  }));
  const own = columns.map(() => emptySums(groups));
  let complete = true;
  for await (const { sampleIndices, values } of streamScores(queries, columns)) {
    const groupOf = sampleIndices.map((sample) => groups.of(sample));
    for (const [at, column] of values.entries()) {
      addScores(own[at], groupOf, column);
      complete &&= !column.some(Number.isNaN);
    }
    for (const one of sums) {
      const { first, second, isPaired } = one.pair;
      const [a, b] = [values[places.get(first) ?? 0], values[places.get(second) ?? 0]];
      if (isPaired) addDifferences(one, groupOf, [a, b]);
      else for (const [side, scores] of [a, b].entries()) addScores(one.sides[side], groupOf, scores);
    }
  }
  return {
    pairs: sums,
    columns: new Map(columns.flatMap(({ set }, at) => (own[at] === undefined ? [] : [[set, own[at]]]))),
    complete,
  };
}

type Values = Float64Array | undefined;

function addScores(sums: GroupSums | undefined, groupOf: Int32Array, scores: Values): void {
  for (let sample = 0; sample < groupOf.length; sample++) addToGroup(sums, groupOf[sample] ?? 0, scores?.[sample] ?? NaN);
}

function addDifferences(sums: PairSums, groupOf: Int32Array, [a, b]: readonly [Values, Values]): void {
  const [differences] = sums.sides;
  const { scale } = sums.pair;
  for (let sample = 0; sample < groupOf.length; sample++) {
    const [one, other] = [a?.[sample] ?? NaN, b?.[sample] ?? NaN];
    const difference = differenceOf(one, other, scale);
    if (difference === 0) sums.rounding += Math.abs(one - other);
    else if (!Number.isNaN(difference)) sums.told += Math.abs(difference);
    addToGroup(differences, groupOf[sample] ?? 0, difference);
  }
}

type ResamplesOf = (groups: number, number: number) => Resamples;

/**
 * Of the pairs whose score sets all have the same samples, the means of both sides, each score set resampled once: the difference
 * of two means is the mean of the differences. Of 15 methods these are 15 instead of 105 pairs. Pairs whose rounding counts for
 * something are resampled by themselves, without it.
 */
async function resampledColumns(
  { pairs, columns, complete }: FamilySums,
  resamplesOf: ResamplesOf,
): Promise<ReadonlyMap<PairSums, readonly Float64Array[]>> {
  const whole = pairs.filter(({ pair, rounding, told }) => complete && pair.isPaired && rounding <= ROUNDING_SHARE * told);
  const sets = [...new Set(whole.flatMap(({ pair: { first, second } }) => [first, second]))];
  const sums = sets.flatMap((set) => columns.get(set) ?? []).map((own) => ({ ...own, number: 0 }));
  const resampled = await resampledMeans(sums, resamplesOf);
  const means = new Map(sets.map((set, at) => [set, resampled[at]]));
  return new Map(whole.map((own) => [own, [own.pair.first, own.pair.second].flatMap((set) => means.get(set) ?? [])]));
}

/** The means of columns in each resample, in the order of the columns. */
async function resampledMeans(sides: readonly SideSums[], resamplesOf: ResamplesOf): Promise<Float64Array[]> {
  const filled = sides.map((side) => ({ ...withoutEmpty(side), number: side.number }));
  const found = filled.map(() => new Float64Array());
  for (const alike of grouped([...filled.keys()], (at) => `${filled[at]?.number} ${filled[at]?.values.length}`).values()) {
    const [{ number = 0, values = new Float64Array() } = {}] = alike.map((at) => filled[at]);
    const resamples = resamplesOf(values.length, number);
    const sizesOf = resampledSizes(resamples);
    for (let from = 0; from < alike.length; from += COLUMNS_TOGETHER) {
      const block = alike.slice(from, from + COLUMNS_TOGETHER);
      const sums = resampledSums(
        block.map((at) => filled[at]?.values ?? new Float64Array()),
        resamples,
      );
      for (const [place, at] of block.entries()) {
        const sizes = sizesOf(filled[at]?.counts ?? new Float64Array());
        found[at] = (sums[place] ?? new Float64Array()).map((sum, draw) => sum / (sizes?.[draw] ?? values.length));
      }
      // Whoever serves others meanwhile gets a turn.
      await setImmediate();
    }
  }
  return found;
}

/** How many samples each resample has; undefined where every group is one sample. Columns mostly have the same samples. */
function resampledSizes(resamples: Resamples): (counts: Float64Array) => Float64Array | undefined {
  let last: { readonly counts: Float64Array; readonly sizes: Float64Array | undefined } | undefined;
  return (counts) => {
    if (last?.counts.every((count, group) => count === counts[group]) !== true)
      last = { counts, sizes: counts.every((count) => count === 1) ? undefined : resampledSums([counts], resamples)[0] };
    return last.sizes;
  };
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
