import { setImmediate } from 'node:timers/promises';
import { canonicalJson, FEWEST_AGREEING_METHODS, placesByValue, type RankAgreement, type RankVerdict } from '@xaigrid/contracts';
import {
  createResamples,
  kendallTau,
  percentileInterval,
  rankCorrelation,
  ranksOf,
  resampledSums,
  type Resamples,
} from '@xaigrid/tensor';
import type { Statements } from '../sql/prisma.js';
import type { RankedScores } from '../store.js';
import { sumRankedScores, type RankSums } from './rank-sums.js';
import { readScoreSetsOf } from './run-score-sets.js';
import type { GroupSums } from './sample-groups.js';
import type { ScoreColumn } from './score-stream.js';

const RESAMPLES = 1_000;

/**
 * Rank agreement of every two columns: of the means of the methods, and the mean over the samples of that among the scores of one
 * sample. Both with bootstrap intervals over the samples, in which the two columns are resampled together.
 */
export async function readRankAgreements(queries: Statements, query: RankedScores): Promise<RankAgreement[]> {
  const { methods, columns } = query;
  const cells = await findCells(queries, query);
  const has = cells.map((column) => methods.map((_, method) => column[method] !== undefined));
  const pairs = columns.flatMap((_, first) =>
    columns.slice(first + 1).map((_other, offset) => {
      const second = first + 1 + offset;
      return {
        first,
        second,
        common: [...methods.keys()].filter((method) => has[first]?.[method] === true && has[second]?.[method] === true),
      };
    }),
  );
  const comparable = pairs.filter(({ common }) => common.length >= FEWEST_AGREEING_METHODS);
  const signs = columns.map(({ direction }) => (direction === 'lower' ? -1 : 1));
  const scales = columns.map(({ scale }) => scale);
  const sums = await sumRankedScores(queries, { cells, signs, scales, pairs: comparable });
  const resamples = createResamples({ groups: sums.groups, count: RESAMPLES });
  const meansRanked = rankedMeans(sums, { resamples, scales });
  const places = new Map(comparable.map((pair, place) => [pair, place]));
  const agreements: RankAgreement[] = [];
  for (const pair of pairs) {
    const { first, second, common } = pair;
    const place = places.get(pair);
    const isKnown = place !== undefined && sums.groups > 1;
    const overMethods = isKnown ? agreementOfMeans(meansRanked(first, common), meansRanked(second, common)) : undefined;
    const overSamples = isKnown ? agreementOfSamples(sums.taus[place], resamples) : undefined;
    agreements.push({
      ...{ first, second, methods: common.length },
      ...(overMethods === undefined ? {} : { overMethods }),
      ...(overSamples === undefined ? {} : { overSamples }),
    });
    // Whoever serves others meanwhile gets a turn.
    await setImmediate();
  }
  return agreements;
}

/** By column and method, the scores that are meant; undefined where a method has none. */
async function findCells(queries: Statements, { methods, columns }: RankedScores): Promise<(ScoreColumn | undefined)[][]> {
  const sets = await readScoreSetsOf(queries, [...new Set(methods.map(({ runId }) => runId))]);
  const keyOf = (of: object): string => canonicalJson(of);
  const known = new Map(
    sets.map((set) => {
      const { runId, evaluation, metric, scoredClass, setting } = set;
      return [keyOf({ runId, evaluation, metric, scoredClass, setting }), set];
    }),
  );
  return columns.map(({ metric, measure, scoredClass, setting }) =>
    methods.map(({ runId, evaluation }) => {
      const set = known.get(keyOf({ runId, evaluation, metric, scoredClass, setting }));
      const position = 1 + (set?.measures.indexOf(measure) ?? -1);
      return set === undefined || position === 0 ? undefined : { set, position };
    }),
  );
}

/** Ranks of the methods by their means: of all samples first, then of each resample. */
type RankedMeans = (column: number, methods: readonly number[]) => readonly Float64Array[];

function rankedMeans(
  { means }: RankSums,
  { resamples, scales }: { readonly resamples: Resamples; readonly scales: readonly number[] },
): RankedMeans {
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
  const all = means.map((column) => {
    const parts = column.flatMap((cell) => (cell === undefined ? [] : [cell.values, cell.counts]));
    const sums = resampledSums(parts, resamples).map((resampled, at) => [total(parts[at] ?? new Float64Array()), ...resampled]);
    return column.map((cell) => {
      if (cell === undefined) return new Float64Array();
      const [own = [], counts = []] = sums.splice(0, 2);
      return Float64Array.from(own, (sum, at) => sum / (counts[at] ?? NaN));
    });
  });
  // Most columns have the same methods.
  const kept = new Map<string, readonly Float64Array[]>();
  return (column, methods) => {
    const key = `${column}: ${methods.join()}`;
    const found =
      kept.get(key) ??
      Array.from({ length: 1 + RESAMPLES }, (_, at) =>
        ranksOf(
          withoutRounding(
            methods.map((method) => all[column]?.[method]?.[at] ?? NaN),
            scales[column] ?? 0,
          ),
        ),
      );
    kept.set(key, found);
    return found;
  };
}

/** Values that differ by rounding alone are made one. */
function withoutRounding(values: readonly number[], scale: number): Float64Array<ArrayBuffer> {
  const same = Float64Array.from(values);
  for (const group of placesByValue(values, { direction: 'higher', scale }))
    for (const at of group) same[at] = values[group[0] ?? at] ?? NaN;
  return same;
}

function agreementOfMeans(
  first: readonly Float64Array[],
  second: readonly Float64Array[],
): RankAgreement['overMethods'] | undefined {
  const each = (correlate: (a: Float64Array, b: Float64Array) => number): Float64Array =>
    Float64Array.from(first, (ranks, at) => correlate(ranks, second[at] ?? new Float64Array()));
  const [taus, rhos] = [each(kendallTau), each(rankCorrelation)];
  const [tau = NaN, rho = NaN] = [taus[0], rhos[0]];
  const [interval, rhoInterval] = [percentileInterval(taus.subarray(1)), percentileInterval(rhos.subarray(1))];
  if (Number.isNaN(tau) || interval === undefined || rhoInterval === undefined) return undefined;
  return { tau, interval, verdict: verdictOf(interval), rho, rhoInterval };
}

function agreementOfSamples(taus: GroupSums | undefined, resamples: Resamples): RankAgreement['overSamples'] | undefined {
  if (taus === undefined) return undefined;
  const { values, counts } = taus;
  const samples = counts.reduce((sum, count) => sum + count, 0);
  if (samples < 2) return undefined;
  const [sums = new Float64Array(), sizes] = resampledSums([values, counts], resamples);
  const interval = percentileInterval(sums.map((sum, at) => sum / (sizes?.[at] ?? NaN)));
  if (interval === undefined) return undefined;
  return { tau: values.reduce((sum, value) => sum + value, 0) / samples, interval, verdict: verdictOf(interval), samples };
}

/** Sums of a thousand τ in float64 that cancel are off from 0 by less. */
const FLOAT64_ZERO = 1e-9;

function verdictOf({ low, high }: { readonly low: number; readonly high: number }): RankVerdict {
  if (low > FLOAT64_ZERO) return 'agree';
  return high < -FLOAT64_ZERO ? 'contradict' : 'open';
}
