import { setImmediate } from 'node:timers/promises';
import { XaigridError, type SampleList, type SampleOrderName } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import { keepBetween, keepEqual, rowsAmong, valuesAt } from '../columns/aligned.js';
import type { ColumnCache, ColumnValues } from '../columns/column-cache.js';
import { measureColumn, packColumns, PART_SAMPLES, type PackedSet } from '../columns/pack-columns.js';
import { createColumnReader, readHeaders, type ColumnReader, type ReadableSet } from '../columns/read-columns.js';
import { Prisma, type Database, type Statements } from '../sql/prisma.js';
import { bytesSchema, queryOne } from '../sql/rows.js';
import { statementsOn } from '../sql/transaction.js';
import type { SampleQuery } from '../store.js';
import { readRunScoreSets, type RunScoreSet } from './run-score-sets.js';
import { disagreements } from './sample-disagreement.js';
import { createSamplePage, type Placed, type SamplePage } from './sample-page.js';
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
  const ordered = descending ? parts.toReversed() : parts;
  for (let from = 0; from < parts.length; from += PARTS_AT_ONCE) {
    const some = ordered.slice(from, from + PARTS_AT_ONCE);
    await reader.load(some);
    for (const part of some) scored += offerPart(walk, part, page);
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
function offerPart(walk: Walk, part: number, page: SamplePage): number {
  const { query, subject, taken, ofClass } = walk;
  const values = valuesOf(walk, part);
  const { samples, rows } = values;
  const passes = new Uint8Array(samples.length).fill(1);
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    const isTaken = taken === undefined ? sample < subject.by.samples : taken.has(sample);
    if (!isTaken || (rows !== undefined && (rows[at] ?? -1) < 0)) passes[at] = 0;
  }
  const scored = passes.reduce((sum, one) => sum + one, 0);
  if (ofClass !== undefined) for (const [at, sample] of samples.entries()) passes[at] &&= Number(ofClass.has(sample));
  else if (query.class !== undefined) keepEqual(passes, values.of('label'), query.class);
  if (query.predicted !== undefined) keepEqual(passes, values.of('predicted'), query.predicted);
  if (query.right !== undefined) keepEqual(passes, values.of('right'), Number(query.right));
  if (query.degenerate !== undefined) keepEqual(passes, values.of('degenerate'), Number(query.degenerate));
  const { minScore, maxScore, minConfidence, maxConfidence, minDisagreement, maxDisagreement } = query;
  if ((minScore ?? maxScore) !== undefined) keepBetween(passes, values.of('score'), minScore, maxScore);
  if ((minConfidence ?? maxConfidence) !== undefined) keepBetween(passes, values.of('confidence'), minConfidence, maxConfidence);
  if ((minDisagreement ?? maxDisagreement) !== undefined)
    keepBetween(passes, values.of('disagreement'), minDisagreement, maxDisagreement);
  page.offer(samples, values.of(orderName(query.sort)), passes);
  return scored;
}

function orderName(sort: SampleQuery['sort']): SampleOrderName {
  return sort.replace(/^-/, '') as SampleOrderName;
}

type ValueName = SampleOrderName | 'label' | 'predicted' | 'right' | 'degenerate';

interface PartValues {
  readonly samples: ColumnValues;
  /** Where the predictions of the samples are; undefined if each has its own at its place. */
  readonly rows: Int32Array | undefined;
  readonly of: (name: ValueName) => ColumnValues;
}

/** The columns of a part by the rows of the scores that order and filter. */
function valuesOf(walk: Walk, part: number): PartValues {
  const { reader, predictions, subject } = walk;
  const samples = columnOf(walk, subject.by, 'sample', part);
  const rows = rowsAmong(samples, reader.values(predictions, 'sample', part));
  return {
    samples,
    rows,
    of(name) {
      if (name === 'sample') return samples;
      if (name === 'degenerate') return columnOf(walk, subject.by, name, part);
      if (name === 'score') return columnOf(walk, subject.by, measureColumn(positionIn(subject.by, subject.measure)), part);
      return name === 'disagreement' ? disagreementsOf(walk, part) : valuesAt(reader.values(predictions, name, part), rows);
    },
  };
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
      return valuesAt(columnOf(walk, set, measureColumn(positionIn(set, subject.measure)), part), rows);
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
      const placed = { sampleIndex: asked, value: valuesOf(walk, part).of(orderName(query.sort))[at] ?? NaN };
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
