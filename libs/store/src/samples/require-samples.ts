import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import { sampleTables, type SampleTable } from './sample-sets.js';

/** Samples `start` … `end − 1` of one set, or those at these positions of a choice. */
export interface WantedSamples {
  readonly set: number;
  readonly choiceId?: number | undefined;
  readonly start: number;
  readonly end: number;
}

const lackingSchema = z.object({ start: z.int(), end: z.int(), count: z.int() });

/**
 * Checks that rows of samples are stored. A shard moves on only when all its rows are stored, so no table can lack a row of a
 * finished shard.
 * @throws INTERNAL naming the first range with missing rows
 */
export async function requireSamples(queries: Statements, table: SampleTable, wanted: readonly WantedSamples[]): Promise<void> {
  if (wanted.length === 0) return;
  const names = sampleTables[table];
  const [lacking] = await queryRows(
    queries,
    lackingSchema,
    Prisma.sql`
      SELECT w."start", w."end", c."count"
      FROM unnest(
        ${wanted.map(({ set }) => set)}::integer[],
        ${wanted.map(({ start }) => start)}::integer[],
        ${wanted.map(({ end }) => end)}::integer[],
        ${wanted.map(({ choiceId }) => choiceId ?? 0)}::integer[]
      ) AS w ("set", "start", "end", "choice")
      CROSS JOIN LATERAL (
        SELECT count(*)::integer AS "count" FROM ${names.table}
        WHERE w."choice" = 0 AND ${names.set} = w."set" AND "sample_index" >= w."start" AND "sample_index" < w."end"
      ) f
      CROSS JOIN LATERAL (
        SELECT count(*)::integer + f."count" AS "count" FROM "chosen_sample" h
        JOIN ${names.table} t ON t.${names.set} = w."set" AND t."sample_index" = h."sample_index"
        WHERE h."choice_id" = w."choice" AND h."position" >= w."start" AND h."position" < w."end"
      ) c
      WHERE c."count" <> w."end" - w."start" LIMIT 1`,
  );
  if (lacking === undefined) return;
  const { start, end, count } = lacking;
  throw new XaigridError(
    'INTERNAL',
    `The samples at positions ${start} to ${end - 1} have ${count} of ${end - start} ${table}s stored; the shard cannot move on.`,
  );
}
