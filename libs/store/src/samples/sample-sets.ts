import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { countSchema, queryOne, queryRows } from '../sql/rows.js';
import { indicesAsked, rowsAsked, type SamplesAsked } from './samples-asked.js';

/** The three tables with set and sample index as key. */
export type SampleTable = 'map' | 'prediction' | 'score';

/** The names of the tables. Names cannot be parameters of a statement, so only these can be used. */
export const sampleTables = {
  map: { table: Prisma.sql`"map"`, set: Prisma.sql`"map_set_id"`, sets: Prisma.sql`"map_set"` },
  prediction: { table: Prisma.sql`"prediction"`, set: Prisma.sql`"prediction_set_id"`, sets: Prisma.sql`"prediction_set"` },
  score: { table: Prisma.sql`"score"`, set: Prisma.sql`"score_set_id"`, sets: Prisma.sql`"score_set"` },
};

const indexSchema = z.object({ sample_index: z.int() });

/** The samples without a row. It reads only the index of the primary key, never the data. */
export async function missingSamples(
  queries: Statements,
  { table, set, ...asked }: SamplesAsked & { readonly table: SampleTable; readonly set: number },
): Promise<Int32Array<ArrayBuffer>> {
  const names = sampleTables[table];
  const rows = await queryRows(
    queries,
    indexSchema,
    Prisma.sql`SELECT "sample_index" FROM ${names.table} WHERE ${names.set} = ${set} AND ${rowsAsked(asked)}`,
  );
  const stored = new Set(rows.map((row) => row.sample_index));
  return indicesAsked(asked).filter((index) => !stored.has(index));
}

/** The number of samples with a row. */
export async function countSamples(
  queries: Statements,
  { table, set, ...asked }: SamplesAsked & { readonly table: SampleTable; readonly set: number },
): Promise<number> {
  const names = sampleTables[table];
  const { count } = await queryOne(
    queries,
    z.object({ count: countSchema }),
    Prisma.sql`SELECT count(*) AS "count" FROM ${names.table}
      WHERE ${names.set} = ${set} AND ${rowsAsked(asked)}`,
  );
  return count;
}

/** By key of a set: the number of samples with a row in it. Sets without any are left out. */
export async function countByKey(
  queries: Statements,
  { table, keys, ...asked }: SamplesAsked & { readonly table: SampleTable; readonly keys: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const names = sampleTables[table];
  const rows = await queryRows(
    queries,
    z.object({ key: z.string(), count: countSchema }),
    Prisma.sql`SELECT "key", count(*) AS "count" FROM ${names.sets} s JOIN ${names.table} t ON t.${names.set} = s."id"
      WHERE "key" = ANY (${[...keys]}::char(64)[]) AND ${rowsAsked(asked)} GROUP BY "key"`,
  );
  return new Map(rows.map(({ key, count }) => [key, count]));
}
