import { setImmediate } from 'node:timers/promises';
import { XaigridError, type SampleList } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import { rowsAmong, valueAt } from '../columns/aligned.js';
import type { ColumnCache } from '../columns/column-cache.js';
import { measureColumn, packColumns, PART_SAMPLES, type PackedSet } from '../columns/pack-columns.js';
import { createColumnReader, readHeaders, type ColumnReader, type ReadableSet } from '../columns/read-columns.js';
import { Prisma, type Database, type Statements } from '../sql/prisma.js';
import { bytesSchema, queryOne } from '../sql/rows.js';
import { statementsOn } from '../sql/transaction.js';
import type { SampleQuery } from '../store.js';
import { readRunScoreSets, type RunScoreSet } from './run-score-sets.js';
import { disagreements } from './sample-disagreement.js';
import { createSamplePage, type Placed } from './sample-page.js';
import { positionIn, subjectOf, type Subject } from './sample-subject.js';
import { wholeNumbers } from './score-stream.js';
import { readShown } from './shown-samples.js';

/** Parts that are read at a time: a million samples. */
const PARTS_AT_ONCE = 16;

interface Sources {
  readonly database: Database;
  readonly pool: pg.Pool;
  readonly cache: ColumnCache;
}

/**
 * One page of a run's samples. All samples are looked at for each page, in columns of numbers: a million take some 30 ms, whatever
 * the filter and the order. Memory depends on the parts that are read at a time, not on the number of samples.
 * @throws USAGE if the selection leaves more than one setting, or names what the run does not have
 */
export async function readSamples({ database, pool, cache }: Sources, query: SampleQuery): Promise<SampleList> {
  const queries = statementsOn(pool);
  const subject = subjectOf(await readRunScoreSets(queries, query.runId), query);
  const { by, compared } = subject;
  const wanted = neededOf(query);
  const scoreSets = wanted.disagreement ? [by, ...compared.filter((set) => set !== by)] : [by];
  const packed: PackedSet[] = [
    ...scoreSets.map(({ scoreSetId, measures }) => ({ kind: 'score' as const, id: scoreSetId, measures: measures.length })),
    { kind: 'prediction', id: by.predictionSetId },
  ];
  if (query.isOver) {
    const found = await readHeaders(queries, packed);
    for (const { set, columns } of found) if (columns === undefined) await packColumns(database, set);
  }
  const readable = await readHeaders(queries, packed);
  const scores = new Map(scoreSets.map((set, at) => [set, nth(readable, at)]));
  const predictions = nth(readable, scoreSets.length);
  const reader = await createColumnReader({ pool, queries, cache }, [
    ...scoreSets.map((set) => ({
      of: nth(readable, scoreSets.indexOf(set)),
      names: ['sample', ...(set === by ? ['degenerate'] : []), measureColumn(positionIn(set, subject.measure))],
    })),
    { of: predictions, names: ['sample', ...wanted.predictions] },
  ]);
  const taken = await takenSamples(queries, by);
  const ofClass = query.class === undefined || !by.labelSets ? undefined : await samplesOfClass(queries, by, query.class);
  const walk = { reader, scores, predictions, subject, query, taken, ofClass, cache, needs: wanted };
  const parts = reader.parts(nth(readable, 0));
  const cursor = await cursorOf(walk, parts);
  const descending = query.sort.startsWith('-');
  const page = createSamplePage({ descending, limit: query.limit + (query.before === undefined ? 1 : 0), ...cursor });
  let scored = 0;
  for (let from = 0; from < parts.length; from += PARTS_AT_ONCE) {
    const some = parts.slice(from, from + PARTS_AT_ONCE);
    await reader.load(some);
    for (const part of some) scored += offerPart(walk, part, (sample, value) => page.offer(sample, value));
    // Other requests have their turn.
    await setImmediate();
  }
  const { samples, offered, place } = page.result();
  const shown = samples.slice(0, query.limit);
  const isLast = query.before === undefined ? samples.length <= query.limit : false;
  return {
    ...{ by: by.evaluation, metric: by.metric, scoredClass: by.scoredClass, setting: by.setting, measure: subject.measure },
    compared: compared.map(({ evaluation }) => evaluation),
    ...{ scored, matching: offered, place },
    samples: await readShown(
      queries,
      subject,
      shown.map(({ sampleIndex }) => sampleIndex),
    ),
    ...(isLast || shown.length === 0 ? {} : { next: shown.at(-1)?.sampleIndex ?? 0 }),
  };
}

interface Needs {
  readonly disagreement: boolean;
  readonly predictions: readonly string[];
}

/** The columns that filter and order read. */
function neededOf(query: SampleQuery): Needs {
  const { sort, minConfidence, maxConfidence, minDisagreement, maxDisagreement } = query;
  const names = [
    ...(query.class === undefined ? [] : ['label']),
    ...(query.predicted === undefined ? [] : ['predicted']),
    ...(query.right === undefined ? [] : ['right']),
    ...((minConfidence ?? maxConfidence) === undefined && !sort.endsWith('confidence') ? [] : ['confidence']),
  ];
  return {
    predictions: names,
    disagreement: (minDisagreement ?? maxDisagreement) !== undefined || sort.endsWith('disagreement'),
  };
}

interface Walk {
  readonly reader: ColumnReader;
  readonly scores: ReadonlyMap<RunScoreSet, ReadableSet>;
  readonly predictions: ReadableSet;
  readonly subject: Subject;
  readonly query: SampleQuery;
  readonly needs: Needs;
  /** The samples that take part; undefined: all below the number of samples. */
  readonly taken: ReadonlySet<number> | undefined;
  /** The samples that have the wanted class in their set of labels. */
  readonly ofClass: ReadonlySet<number> | undefined;
  readonly cache: ColumnCache;
}

/** Offers the samples of a part that pass the filter. @returns how many were scored */
function offerPart(walk: Walk, part: number, offer: (sampleIndex: number, value: number) => void): number {
  const { query, subject, taken, ofClass } = walk;
  const samples = columnOf(walk, subject.by, 'sample', part);
  const value = valuesOf(walk, part);
  const { score, confidence, disagreement, label, predicted, right, isPredicted } = value;
  const degenerate = columnOf(walk, subject.by, 'degenerate', part);
  const order = orderOf(query.sort, value, samples);
  const within = boundsOf(query);
  let scored = 0;
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    if (taken === undefined ? sample >= subject.by.samples : !taken.has(sample)) continue;
    if (!isPredicted(at)) continue;
    scored += 1;
    if (query.class !== undefined && !(ofClass?.has(sample) ?? label(at) === query.class)) continue;
    if (query.predicted !== undefined && predicted(at) !== query.predicted) continue;
    if (query.right !== undefined && right(at) !== Number(query.right)) continue;
    if (query.degenerate !== undefined && degenerate[at] !== Number(query.degenerate)) continue;
    if (within.score !== undefined && !within.score(score(at))) continue;
    if (within.confidence !== undefined && !within.confidence(confidence(at))) continue;
    if (within.disagreement !== undefined && !within.disagreement(disagreement(at))) continue;
    offer(sample, order(at));
  }
  return scored;
}

type Bound = ((value: number) => boolean) | undefined;

function boundsOf(query: SampleQuery): Readonly<Record<'score' | 'confidence' | 'disagreement', Bound>> {
  // A NaN is in no range.
  const between = (low = -Infinity, high = Infinity): Bound =>
    low === -Infinity && high === Infinity ? undefined : (value) => value >= low && value <= high;
  return {
    score: between(query.minScore, query.maxScore),
    confidence: between(query.minConfidence, query.maxConfidence),
    disagreement: between(query.minDisagreement, query.maxDisagreement),
  };
}

type At = (at: number) => number;
type Values = Readonly<Record<'score' | 'confidence' | 'disagreement' | 'label' | 'predicted' | 'right', At>> & {
  readonly isPredicted: (at: number) => boolean;
};

/** The values of a part by the rows of the scores that order and filter. */
function valuesOf(walk: Walk, part: number): Values {
  const { reader, predictions, subject } = walk;
  const samples = columnOf(walk, subject.by, 'sample', part);
  const rows = rowsAmong(samples, reader.values(predictions, 'sample', part));
  const predictionOf = (name: string): At => {
    const values = reader.values(predictions, name, part);
    return (at) => valueAt(values, rows, at);
  };
  const score = columnOf(walk, subject.by, measureColumn(positionIn(subject.by, subject.measure)), part);
  const spread = walk.needs.disagreement ? disagreementsOf(walk, part) : undefined;
  return {
    score: (at) => score[at] ?? NaN,
    disagreement: (at) => spread?.[at] ?? NaN,
    ...{ confidence: predictionOf('confidence'), label: predictionOf('label') },
    ...{ predicted: predictionOf('predicted'), right: predictionOf('right') },
    isPredicted: (at) => rows === undefined || (rows[at] ?? -1) >= 0,
  };
}

function orderOf(sort: SampleQuery['sort'], values: Values, samples: ArrayLike<number>): At {
  switch (sort.replace(/^-/, '')) {
    case 'score':
      return values.score;
    case 'confidence':
      return values.confidence;
    case 'disagreement':
      return values.disagreement;
    default:
      return (at) => samples[at] ?? NaN;
  }
}

function disagreementsOf(walk: Walk, part: number): Float64Array<ArrayBuffer> {
  const { subject, scores, cache } = walk;
  const of = subject.compared.map((set) => scores.get(set));
  const ids = of.flatMap((set) => set?.columns?.id ?? []);
  const by = scores.get(subject.by)?.columns?.id;
  // Of sets that are read from their rows, nothing is kept: they may change.
  const key = ids.length < of.length || by === undefined ? undefined : `${by} ${ids.join('+')} ${subject.measure} ${part}`;
  const known = key === undefined ? undefined : cache.get(key);
  if (known instanceof Float64Array) return known;
  const samples = columnOf(walk, subject.by, 'sample', part);
  const made = disagreements(
    samples.length,
    subject.compared.map((set) => {
      const rows = rowsAmong(samples, columnOf(walk, set, 'sample', part));
      const values = columnOf(walk, set, measureColumn(positionIn(set, subject.measure)), part);
      return (at: number) => valueAt(values, rows, at);
    }),
  );
  if (key !== undefined) cache.set(key, made);
  return made;
}

function columnOf({ reader, scores }: Walk, set: RunScoreSet, name: string, part: number) {
  const of = scores.get(set);
  if (of === undefined) throw new XaigridError('INTERNAL', `The columns of evaluation ${set.evaluation} were not read.`);
  return reader.values(of, name, part);
}

/** @throws USAGE if the sample that a page follows has no place in the order */
async function cursorOf(walk: Walk, parts: readonly number[]): Promise<{ after?: Placed; before?: Placed }> {
  const { query, reader, subject } = walk;
  if (query.after !== undefined && query.before !== undefined)
    throw new XaigridError('USAGE', 'A page is after one sample or before one. Leave out after or before.');
  const asked = query.after ?? query.before;
  if (asked === undefined) return {};
  const part = Math.floor(asked / PART_SAMPLES);
  if (parts.includes(part)) {
    await reader.load([part]);
    const samples = columnOf(walk, subject.by, 'sample', part);
    const at = samples.findIndex((sample: number) => sample === asked);
    if (at >= 0) {
      const placed = { sampleIndex: asked, value: orderOf(query.sort, valuesOf(walk, part), samples)(at) };
      return query.after === undefined ? { before: placed } : { after: placed };
    }
  }
  throw new XaigridError(
    'USAGE',
    `Sample ${asked} has no place in this list: evaluation ${subject.by.evaluation} of run ${query.runId} has no score of it.`,
  );
}

/** The samples of a choice; undefined if all below a number take part. */
async function takenSamples(queries: Statements, { choice }: RunScoreSet): Promise<ReadonlySet<number> | undefined> {
  if (choice === 0) return undefined;
  return samplesIn(
    queries,
    Prisma.sql`SELECT string_agg(int4send("sample_index"), ''::bytea) AS "samples" FROM "chosen_sample" WHERE "choice_id" = ${choice}`,
  );
}

function samplesOfClass(queries: Statements, { predictionSetId }: RunScoreSet, index: number): Promise<ReadonlySet<number>> {
  return samplesIn(
    queries,
    Prisma.sql`SELECT string_agg(int4send("sample_index"), ''::bytea) AS "samples" FROM "prediction"
      WHERE "prediction_set_id" = ${predictionSetId} AND "true_classes" @> ARRAY[${index}::integer]`,
  );
}

async function samplesIn(queries: Statements, sql: Prisma.Sql): Promise<ReadonlySet<number>> {
  const { samples } = await queryOne(queries, z.object({ samples: bytesSchema.nullable() }), sql);
  return new Set(wholeNumbers(samples ?? new Uint8Array()));
}

function nth<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new XaigridError('INTERNAL', `A list of samples names item ${index}, which was not asked for.`);
  return item;
}
