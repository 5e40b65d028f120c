import { z } from 'zod';
import { isChosen } from '../samples/sample-choices.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { bytesSchema, queryRows } from '../sql/rows.js';
import type { RunScoreSet } from './run-score-sets.js';

/** One measure of one score set. */
export interface ScoreColumn {
  readonly set: RunScoreSet;
  /** Of the measure among those of the metric, from 1. */
  readonly position: number;
}

/** Scores of some samples: all that the columns have of them. */
export interface ScorePage {
  /** Ascending. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  /** One array a column, in the order of the samples; NaN where a column has no finite score of a sample. */
  readonly values: readonly Float64Array<ArrayBuffer>[];
}

/** Scores read at a time, 8 MB of them. */
const SCORES_A_PAGE = 1_000_000;

const partSchema = z.object({ column: z.int(), samples: bytesSchema, values: bytesSchema });

/**
 * Reads columns side by side, sample by sample, a page at a time: memory depends on the number of columns only, never on that of
 * the samples.
 * @param pageScores for tests: how many scores a page has
 */
export async function* streamScores(
  queries: Statements,
  columns: readonly ScoreColumn[],
  pageScores = SCORES_A_PAGE,
): AsyncGenerator<ScorePage> {
  const samplesAPage = Math.max(1, Math.floor(pageScores / Math.max(1, columns.length)));
  const dense = Math.max(0, ...columns.map(({ set }) => (set.choice === 0 ? set.samples : 0)));
  const choices = [...new Set(columns.flatMap(({ set }) => (set.choice === 0 ? [] : [set.choice])))];
  for (let from = 0, to: number | undefined; ; from = to) {
    to = await endOfPage(queries, { from, samplesAPage, dense, choices });
    if (to === undefined) return;
    yield await readPage(queries, columns, from, to);
  }
}

interface Planned {
  readonly from: number;
  readonly samplesAPage: number;
  /** Samples 0 … dense − 1 are planned. */
  readonly dense: number;
  readonly choices: readonly number[];
}

/** Where a page ends that has at most so many samples of each choice; undefined where no samples are planned from there on. */
async function endOfPage(queries: Statements, { from, samplesAPage, dense, choices }: Planned): Promise<number | undefined> {
  const ends = from < dense ? [Math.min(dense, from + samplesAPage)] : [];
  if (choices.length > 0) {
    const rows = await queryRows(
      queries,
      z.object({ end: z.int().nullable() }),
      Prisma.sql`
        SELECT max(h."sample_index") + 1 AS "end" FROM unnest(${choices}::integer[]) AS c ("choice")
        CROSS JOIN LATERAL (
          SELECT "sample_index" FROM "chosen_sample"
          WHERE "choice_id" = c."choice" AND "sample_index" >= ${from} ORDER BY "sample_index" LIMIT ${samplesAPage}
        ) h GROUP BY c."choice"`,
    );
    ends.push(...rows.flatMap(({ end }) => end ?? []));
  }
  return ends.length === 0 ? undefined : Math.min(...ends);
}

async function readPage(queries: Statements, columns: readonly ScoreColumn[], from: number, to: number): Promise<ScorePage> {
  const column = (of: (column: ScoreColumn) => number): number[] => columns.map(of);
  // As bytes: arrays of numbers as text take ten times as long to read.
  const parts = await queryRows(
    queries,
    partSchema,
    Prisma.sql`
      SELECT (c."column" - 1)::integer AS "column", string_agg(int4send(s."sample_index"), ''::bytea ORDER BY s."sample_index") AS "samples",
        string_agg(float8send(coalesce(s."measures"[c."position"], 'NaN')), ''::bytea ORDER BY s."sample_index") AS "values"
      FROM unnest(
        ${column(({ set }) => set.scoreSetId)}::integer[], ${column(({ position }) => position)}::integer[],
        ${column(({ set }) => set.choice)}::integer[], ${column(({ set }) => (set.choice === 0 ? Math.min(set.samples, to) : to))}::integer[]
      ) WITH ORDINALITY AS c ("set", "position", "choice", "end", "column")
      JOIN "score" s ON s."score_set_id" = c."set" AND s."sample_index" >= ${from} AND s."sample_index" < c."end"
        AND (c."choice" = 0 OR ${isChosen(Prisma.sql`c."choice"`, Prisma.sql`s."sample_index"`)})
      GROUP BY c."column"`,
  );
  const read = parts.map((part) => ({ column: part.column, samples: wholeNumbers(part.samples), values: numbers(part.values) }));
  const sampleIndices = Int32Array.from(new Set(read.flatMap(({ samples }) => [...samples]))).sort();
  const places = new Map([...sampleIndices].map((sample, place) => [sample, place]));
  const values = columns.map(() => new Float64Array(sampleIndices.length).fill(NaN));
  for (const part of read) {
    const target = values[part.column];
    for (const [at, sample] of part.samples.entries()) {
      const value = part.values[at] ?? NaN;
      if (target !== undefined && Number.isFinite(value)) target[places.get(sample) ?? 0] = value;
    }
  }
  return { sampleIndices, values };
}

/** Postgres sends the highest byte first. */
export function wholeNumbers(bytes: Uint8Array): Int32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.byteLength / 4 }, (_, at) => view.getInt32(4 * at));
}

export function numbers(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.byteLength / 8 }, (_, at) => view.getFloat64(8 * at));
}
