import { canonicalJson, select, selectionOf, XaigridError, type SamplePairs } from '@xaigrid/contracts';
import { rowsAmong } from '../columns/aligned.js';
import { measureColumn } from '../columns/pack-columns.js';
import { createColumnReader } from '../columns/read-columns.js';
import { statementsOn } from '../sql/transaction.js';
import type { PairsOfSamplesQuery } from '../store.js';
import { readRunScoreSets, requireMeasures, type RunScoreSet } from './run-score-sets.js';
import { binOf } from './sample-histogram.js';
import { positionIn } from './sample-subject.js';
import { nth, packedScores, readableSets, takenSamples, visitParts, type Sources } from './sample-walk.js';

interface Range {
  low: number;
  high: number;
}

/**
 * The scores of the same samples by two evaluations. All samples are looked at, in columns of numbers; more than are told one by
 * one are looked at twice, for their range and for their bins.
 * @throws USAGE if the selection leaves more than one setting, or the two cannot be compared sample by sample
 */
export async function readSamplePairs(sources: Sources, query: PairsOfSamplesQuery): Promise<SamplePairs> {
  const queries = statementsOn(sources.pool);
  const first = sideOf(await readRunScoreSets(queries, query.runId), query, { runId: query.runId, evaluation: query.by });
  const { metric, scoredClass, setting, version, measures } = first;
  const exact = { metric: [metric], scoredClass: [scoredClass], setting };
  const second = sideOf(await readRunScoreSets(queries, query.otherRunId), exact, {
    ...{ runId: query.otherRunId, evaluation: query.against },
  });
  requireSameSamples(first, second);
  if (version !== second.version)
    throw new XaigridError(
      'USAGE',
      `The scores are of two versions of the metric ${metric}, ${version} and ${second.version}. Run the older spec again.`,
    );
  const measure = query.measure ?? query.headline(metric);
  requireMeasures([first], [first], { subject: `The metric ${metric}`, names: [measure] });
  const column = measureColumn(positionIn({ ...first, measures }, measure));
  const readable = await readableSets(sources, [packedScores(first), packedScores(second)], query.isOver);
  const [one, other] = [nth(readable, 0), nth(readable, 1)];
  const names = ['sample', column];
  const reader = await createColumnReader({ pool: sources.pool, queries, cache: sources.cache }, [
    { of: one, names },
    { of: other, names },
  ]);
  const isTaken = await takenByBoth(first, second);
  const parts = reader.parts(one).filter((part) => reader.parts(other).includes(part));

  function visit(part: number, take: (sample: number, first: number, second: number) => void): void {
    const samples = reader.values(one, 'sample', part);
    const rows = rowsAmong(samples, reader.values(other, 'sample', part));
    const [firsts, seconds] = [reader.values(one, column, part), reader.values(other, column, part)];
    for (let at = 0; at < samples.length; at += 1) {
      const row = rows === undefined ? at : (rows[at] ?? -1);
      const sample = samples[at] ?? 0;
      if (row < 0 || !isTaken(sample)) continue;
      const [x, y] = [firsts[at] ?? NaN, seconds[row] ?? NaN];
      if (isWithin(x, query.minFirst, query.maxFirst) && isWithin(y, query.minSecond, query.maxSecond)) take(sample, x, y);
    }
  }

  async function takenByBoth(...sides: readonly RunScoreSet[]): Promise<(sample: number) => boolean> {
    const tests = await Promise.all(
      sides.map(async (set) => {
        const taken = await takenSamples(queries, set);
        return (sample: number): boolean => (taken === undefined ? sample < set.samples : taken.has(sample));
      }),
    );
    return (sample) => tests.every((test) => test(sample));
  }

  let [samples, leftOut] = [0, 0];
  const ranges: { readonly first: Range; readonly second: Range } = { first: emptyRange(), second: emptyRange() };
  const points: { sampleIndex: number; first: number; second: number }[] = [];
  await visitParts(reader, parts, (part) =>
    visit(part, (sampleIndex, x, y) => {
      samples += 1;
      if (points.length <= query.limit) points.push({ sampleIndex, first: x, second: y });
      if (Number.isFinite(x) && Number.isFinite(y)) {
        widen(ranges.first, x);
        widen(ranges.second, y);
      } else leftOut += 1;
    }),
  );
  const isFew = points.length <= query.limit;
  const { bins } = query;
  const counts = new Int32Array(isFew ? 0 : bins * bins);
  if (!isFew) {
    const [across, up] = [
      { ...ranges.first, bins },
      { ...ranges.second, bins },
    ];
    await visitParts(reader, parts, (part) =>
      visit(part, (_, x, y) => {
        if (!Number.isFinite(x) || !Number.isFinite(y)) return;
        const bin = binOf(x, across) * bins + binOf(y, up);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }),
    );
  }
  return {
    ...{ metric, scoredClass, setting, measure },
    first: { runId: first.runId, evaluation: first.evaluation, label: first.label },
    second: { runId: second.runId, evaluation: second.evaluation, label: second.label },
    ...{ samples, leftOut },
    ...(samples > leftOut ? { ranges } : {}),
    ...(isFew
      ? { points }
      : {
          bins: [...counts].flatMap((count, bin) =>
            count === 0 ? [] : [{ first: Math.floor(bin / bins), second: bin % bins, samples: count }],
          ),
        }),
  };
}

/** The one set of scores that a selection leaves of an evaluation. */
function sideOf(
  all: readonly RunScoreSet[],
  query: Parameters<typeof selectionOf>[0],
  { runId, evaluation }: { readonly runId: string; readonly evaluation: number },
): RunScoreSet {
  const name = `Evaluation ${evaluation} of run ${runId}`;
  const own = all.filter((set) => set.evaluation === evaluation);
  if (own.length === 0) {
    const known = [...new Set(all.map((set) => set.evaluation))];
    throw new XaigridError('USAGE', `Run ${runId} has no evaluation ${evaluation}. There are: ${known.join(', ')}.`);
  }
  const selected = select(own, selectionOf(query), name);
  const exact = selected.filter(({ setting }) => canonicalJson(setting) === canonicalJson(query.setting ?? null));
  const sets = exact.length > 0 ? exact : selected;
  const [set] = sets;
  if (set === undefined || sets.length > 1)
    throw new XaigridError(
      'USAGE',
      `Samples are compared by one metric at one setting; this selection of ${name.toLowerCase()} has ${sets.length}. Name metric, scoredClass and setting.`,
    );
  return set;
}

/** @throws USAGE if sample indices do not mean the same samples */
function requireSameSamples(first: RunScoreSet, second: RunScoreSet): void {
  if (first.datasetFingerprint === second.datasetFingerprint) return;
  throw new XaigridError(
    'USAGE',
    `Evaluation ${first.evaluation} of run ${first.runId} and evaluation ${second.evaluation} of run ${second.runId} are of other data: ` +
      `their data sets ${first.dataset} and ${second.dataset} have other fingerprints. Compare their means.`,
  );
}

function isWithin(value: number, low = -Infinity, high = Infinity): boolean {
  return (low === -Infinity && high === Infinity) || (value >= low && value <= high);
}

function emptyRange(): Range {
  return { low: Infinity, high: -Infinity };
}

function widen(range: Range, value: number): void {
  if (value < range.low) range.low = value;
  if (value > range.high) range.high = value;
}
