import { XaigridError } from '@xaigrid/contracts';
import { Prisma, type Statements } from '../sql/prisma.js';
import type { ShardRepository } from '../store.js';

export type ScoreColumn = Parameters<ShardRepository['completeScore']>[0]['scores'][number];

/** The rows in one statement: about a megabyte of text. */
const rowsPerStatement = 20_000;

/** Adds the scores that are not stored yet. Every writer uses the same order (width, set, sample), so writers never deadlock. */
export async function insertScores(queries: Statements, columns: readonly ScoreColumn[]): Promise<void> {
  const widths = new Set(columns.map((column) => column.measures.length));
  for (const width of [...widths].sort((a, b) => a - b)) {
    const group = columns.filter((column) => column.measures.length === width);
    const rows = group.flatMap(rowsOf).sort((a, b) => a.set - b.set || a.index - b.index);
    for (let from = 0; from < rows.length; from += rowsPerStatement)
      await insertRows(queries, width, rows.slice(from, from + rowsPerStatement));
  }
}

interface Row {
  readonly set: number;
  readonly index: number;
  readonly degenerate: boolean;
  readonly measures: readonly number[];
}

function rowsOf({ scoreSetId, sampleIndices, measures, degenerate }: ScoreColumn): Row[] {
  const count = sampleIndices.length;
  if (degenerate.length !== count || measures.some((values) => values.length !== count)) {
    throw new XaigridError('INTERNAL', `Scores of ${count} samples came with measures or flags of another number.`);
  }
  return Array.from(sampleIndices, (index, i) => ({
    set: scoreSetId,
    index,
    degenerate: degenerate[i] === true,
    measures: measures.map((values) => values[i] ?? NaN),
  }));
}

/**
 * Inserts rows. Arrays are sent as text and not as JSON, which would turn NaN and infinities into null. JavaScript and Postgres
 * write the same shortest decimals, so each value comes back bit for bit (except for the sign of zero).
 */
async function insertRows(queries: Statements, width: number, rows: readonly Row[]): Promise<void> {
  const literal = (values: readonly (number | boolean)[]): string => `{${values.join(',')}}`;
  await queries.$executeRaw(Prisma.sql`
    INSERT INTO "score" ("score_set_id", "sample_index", "degenerate", "measures")
    SELECT s."set", s."index", s."degenerate",
      (${literal(rows.flatMap((row) => row.measures))}::double precision[])[(s."position" - 1) * ${width} + 1 : s."position" * ${width}]
    FROM unnest(
      ${literal(rows.map((row) => row.set))}::integer[],
      ${literal(rows.map((row) => row.index))}::integer[],
      ${literal(rows.map((row) => row.degenerate))}::boolean[]
    ) WITH ORDINALITY AS s ("set", "index", "degenerate", "position")
    ORDER BY s."set", s."index"
    ON CONFLICT DO NOTHING`);
}
