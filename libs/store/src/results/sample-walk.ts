import { setImmediate } from 'node:timers/promises';
import { XaigridError, type SampleOrderName } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import { keepBetween, keepEqual, rowsAmong, valuesAt } from '../columns/aligned.js';
import type { ColumnCache, ColumnValues } from '../columns/column-cache.js';
import { measureColumn, packColumns, type PackedSet } from '../columns/pack-columns.js';
import { createColumnReader, readHeaders, type ColumnReader, type ReadableSet } from '../columns/read-columns.js';
import { Prisma, type Database, type Statements } from '../sql/prisma.js';
import { bytesSchema, queryOne } from '../sql/rows.js';
import { statementsOn } from '../sql/transaction.js';
import type { SamplesAsked } from '../store.js';
import { readRunScoreSets, type RunScoreSet } from './run-score-sets.js';
import { disagreements } from './sample-disagreement.js';
import { positionIn, subjectOf, type Subject } from './sample-subject.js';
import { wholeNumbers } from './score-stream.js';

/** Parts that are read at a time: a million samples. */
const PARTS_AT_ONCE = 16;

/** Where columns are read from. */
export interface Sources {
  readonly database: Database;
  readonly pool: pg.Pool;
  readonly cache: ColumnCache;
}

type PredictionColumn = 'label' | 'predicted' | 'right' | 'confidence';
export type ValueName = SampleOrderName | PredictionColumn | 'degenerate';

/** What a walk over the samples of a run reads: the columns that the filters and one more value need. */
export interface Walk {
  readonly queries: Statements;
  readonly reader: ColumnReader;
  /** The parts that the evaluation has scored, ascending. */
  readonly parts: readonly number[];
  readonly scores: ReadonlyMap<RunScoreSet, ReadableSet>;
  readonly predictions: ReadableSet;
  readonly subject: Subject;
  readonly asked: SamplesAsked;
  /** The samples that take part; undefined: all below the number of samples. */
  readonly taken: ReadonlySet<number> | undefined;
  /** The samples that have the wanted class in their set of labels. */
  readonly ofClass: ReadonlySet<number> | undefined;
  readonly cache: ColumnCache;
}

/**
 * Opens the columns of a run's samples.
 * @param value what is wanted of each sample besides what the filters read
 * @throws USAGE if the selection leaves more than one setting, or names what the run does not have
 */
export async function openWalk(sources: Sources, asked: SamplesAsked, value: ValueName): Promise<Walk> {
  const queries = statementsOn(sources.pool);
  const subject = subjectOf(await readRunScoreSets(queries, asked.runId), asked);
  const { by, compared } = subject;
  const needed = neededOf(asked, value);
  const scoreSets = needed.disagreement ? [by, ...compared.filter((set) => set !== by)] : [by];
  const readable = await readableSets(sources, [...scoreSets.map(packedScores), packedPredictions(by)], asked.isOver);
  const scores = new Map(scoreSets.map((set, at) => [set, nth(readable, at)]));
  const predictions = nth(readable, scoreSets.length);
  const reader = await createColumnReader({ pool: sources.pool, queries, cache: sources.cache }, [
    ...scoreSets.map((set) => ({
      of: nth(readable, scoreSets.indexOf(set)),
      names: ['sample', ...(set === by ? ['degenerate'] : []), measureColumn(positionIn(set, subject.measure))],
    })),
    { of: predictions, names: ['sample', ...needed.predictions] },
  ]);
  const taken = await takenSamples(queries, by);
  const ofClass = asked.class === undefined || !by.labelSets ? undefined : await samplesOfClass(queries, by, asked.class);
  const parts = reader.parts(nth(readable, 0));
  return { ...{ queries, reader, parts, scores, predictions, subject, asked, taken, ofClass }, cache: sources.cache };
}

/** The columns of sets; of a run that is over, those that are missing are packed first. */
export async function readableSets(
  { database, pool }: Sources,
  packed: readonly PackedSet[],
  isOver: boolean,
): Promise<readonly ReadableSet[]> {
  const queries = statementsOn(pool);
  const found = await readHeaders(queries, packed);
  if (!isOver || found.every(({ columns }) => columns !== undefined)) return found;
  for (const { set, columns } of found) if (columns === undefined) await packColumns(database, set);
  return readHeaders(queries, packed);
}

export function packedScores({ scoreSetId, measures }: RunScoreSet): PackedSet {
  return { kind: 'score', id: scoreSetId, measures: measures.length };
}

function packedPredictions({ predictionSetId }: RunScoreSet): PackedSet {
  return { kind: 'prediction', id: predictionSetId };
}

interface Needs {
  readonly disagreement: boolean;
  readonly predictions: readonly PredictionColumn[];
}

/** The columns that the filters and a value read. */
function neededOf(asked: SamplesAsked, value: ValueName): Needs {
  const { minConfidence, maxConfidence, minDisagreement, maxDisagreement } = asked;
  return {
    predictions: [
      ...(asked.class === undefined ? [] : (['label'] as const)),
      ...(asked.predicted === undefined ? [] : (['predicted'] as const)),
      ...(asked.right === undefined ? [] : (['right'] as const)),
      ...((minConfidence ?? maxConfidence) === undefined && value !== 'confidence' ? [] : (['confidence'] as const)),
    ],
    disagreement: (minDisagreement ?? maxDisagreement) !== undefined || value === 'disagreement',
  };
}

/** Loads parts, some at a time, and visits each. */
export async function visitParts(
  reader: Pick<ColumnReader, 'load'>,
  parts: readonly number[],
  visit: (part: number) => void,
): Promise<void> {
  for (let from = 0; from < parts.length; from += PARTS_AT_ONCE) {
    const some = parts.slice(from, from + PARTS_AT_ONCE);
    await reader.load(some);
    for (const part of some) visit(part);
    // Other requests have their turn.
    await setImmediate();
  }
}

/** The samples of a part that was loaded. */
export interface PartSamples {
  readonly samples: ColumnValues;
  /** Not 0 where a sample passes the filters. */
  readonly passes: Uint8Array;
  /** How many the evaluation has scored. */
  readonly scored: number;
  readonly of: (name: ValueName) => ColumnValues;
}

/** Filters the samples of a part. */
export function filteredPart(walk: Walk, part: number): PartSamples {
  const { asked, subject, taken, ofClass } = walk;
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
  else if (asked.class !== undefined) keepEqual(passes, values.of('label'), asked.class);
  if (asked.predicted !== undefined) keepEqual(passes, values.of('predicted'), asked.predicted);
  if (asked.right !== undefined) keepEqual(passes, values.of('right'), Number(asked.right));
  if (asked.degenerate !== undefined) keepEqual(passes, values.of('degenerate'), Number(asked.degenerate));
  const { minScore, maxScore, minConfidence, maxConfidence, minDisagreement, maxDisagreement } = asked;
  if ((minScore ?? maxScore) !== undefined) keepBetween(passes, values.of('score'), minScore, maxScore);
  if ((minConfidence ?? maxConfidence) !== undefined) keepBetween(passes, values.of('confidence'), minConfidence, maxConfidence);
  if ((minDisagreement ?? maxDisagreement) !== undefined)
    keepBetween(passes, values.of('disagreement'), minDisagreement, maxDisagreement);
  return { samples, passes, scored, of: values.of };
}

interface PartValues {
  readonly samples: ColumnValues;
  /** Where the predictions of the samples are; undefined if each has its own at its place. */
  readonly rows: Int32Array | undefined;
  readonly of: (name: ValueName) => ColumnValues;
}

/** The columns of a part by the rows of the scores that order and filter. */
export function valuesOf(walk: Walk, part: number): PartValues {
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

export function columnOf({ reader, scores }: Walk, set: RunScoreSet, name: string, part: number) {
  const of = scores.get(set);
  if (of === undefined) throw new XaigridError('INTERNAL', `The columns of evaluation ${set.evaluation} were not read.`);
  return reader.values(of, name, part);
}

/** The samples of a choice; undefined if all below a number take part. */
export async function takenSamples(queries: Statements, { choice }: RunScoreSet): Promise<ReadonlySet<number> | undefined> {
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

export function nth<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new XaigridError('INTERNAL', `A walk over samples names item ${index}, which was not asked for.`);
  return item;
}
