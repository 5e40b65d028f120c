import { z } from 'zod';
import { Prisma, transactionLimits, type Database } from '../sql/prisma.js';
import { queryOne } from '../sql/rows.js';

/** The samples of a part: part n has samples n · 65536 to n · 65536 + 65535. */
export const PART_SAMPLES = 65_536;

/** A set of scores or of predictions, whose rows are packed in columns. */
export type PackedSet =
  | { readonly kind: 'score'; readonly id: number; readonly measures: number }
  | { readonly kind: 'prediction'; readonly id: number };

/** The type of a column's numbers, as Postgres sends them. */
export function columnType(name: string): 'int4' | 'float4' | 'float8' | 'byte' {
  if (name === 'degenerate' || name === 'right') return 'byte';
  if (name === 'confidence') return 'float4';
  return name === 'sample' || name === 'label' || name === 'predicted' ? 'int4' : 'float8';
}

/** The column of a measure by its position in the set, from 1. */
export function measureColumn(position: number): string {
  return `measure ${position}`;
}

const foundSchema = z.object({ found: z.boolean() });

/**
 * Packs the rows of a set, unless that is done. It waits for processes that add rows to the set and blocks others meanwhile: about
 * a second for a million scores of six measures.
 */
export function packColumns(database: Database, set: PackedSet): Promise<void> {
  const [table, own] = [Prisma.raw(`"${set.kind}_set"`), Prisma.raw(`"${set.kind}_set_id"`)];
  return database.$transaction(async (queries) => {
    // As summarizeSet does; see the triggers that forget columns.
    await queries.$queryRaw`SELECT "id" FROM ${table} WHERE "id" = ${set.id} FOR UPDATE`;
    const { found } = await queryOne(
      queries,
      foundSchema,
      Prisma.sql`SELECT EXISTS (SELECT FROM "column_set" WHERE ${own} = ${set.id}) AS "found"`,
    );
    if (found) return;
    await queries.$executeRaw`
      WITH "packed" AS MATERIALIZED (${partsOf(set)}),
      "made" AS (
        INSERT INTO "column_set" (${own}, "parts")
        SELECT ${set.id}::integer, ARRAY(SELECT DISTINCT "part" FROM "packed" ORDER BY 1) RETURNING "id"
      )
      INSERT INTO "column_part" ("column_set_id", "name", "part", "data")
      SELECT "made"."id", p."name", p."part", p."data" FROM "made" CROSS JOIN "packed" p`;
  }, transactionLimits);
}

/** The packed columns of a set, or only some of them: `("name", "part", "data")`. */
export function partsOf(set: PackedSet, only?: readonly string[]): Prisma.Sql {
  const all = set.kind === 'score' ? scoreColumns(set.measures) : predictionColumns;
  const columns = all.filter(({ name }) => only?.includes(name) ?? true);
  const [table, own] = [Prisma.raw(`"${set.kind}"`), Prisma.raw(`"${set.kind}_set_id"`)];
  const packed = columns.map(
    ({ bytes }, at) => Prisma.sql`string_agg(${bytes}, ''::bytea ORDER BY r."sample_index") AS ${Prisma.raw(`"c${at}"`)}`,
  );
  const named = columns.map(({ name }, at) => Prisma.sql`(${name}::text, p.${Prisma.raw(`"c${at}"`)})`);
  // Part by part, so that the index of samples gives their order and nothing is sorted.
  return Prisma.sql`
    SELECT c."name", n."part", c."data"
    FROM generate_series(0, (SELECT max("sample_index") / ${PART_SAMPLES} FROM ${table} WHERE ${own} = ${set.id})) AS n ("part")
    CROSS JOIN LATERAL (
      SELECT ${Prisma.join(packed)} FROM ${table} r
      WHERE r.${own} = ${set.id} AND r."sample_index" >= n."part" * ${PART_SAMPLES} AND r."sample_index" < (n."part" + 1) * ${PART_SAMPLES}
    ) p
    CROSS JOIN LATERAL (VALUES ${Prisma.join(named)}) AS c ("name", "data")
    WHERE c."data" IS NOT NULL`;
}

interface PackedColumn {
  readonly name: string;
  readonly bytes: Prisma.Sql;
}

function scoreColumns(measures: number): PackedColumn[] {
  return [
    { name: 'sample', bytes: Prisma.sql`int4send(r."sample_index")` },
    { name: 'degenerate', bytes: Prisma.sql`CASE WHEN r."degenerate" THEN '\\x01'::bytea ELSE '\\x00'::bytea END` },
    ...Array.from({ length: measures }, (_, at) => ({
      name: measureColumn(at + 1),
      bytes: Prisma.sql`float8send(coalesce(r."measures"[${at + 1}::integer], 'NaN'))`,
    })),
  ];
}

const predictionColumns: readonly PackedColumn[] = [
  { name: 'sample', bytes: Prisma.sql`int4send(r."sample_index")` },
  { name: 'label', bytes: Prisma.sql`int4send(r."true_class")` },
  { name: 'predicted', bytes: Prisma.sql`int4send(r."predicted_class")` },
  { name: 'confidence', bytes: Prisma.sql`float4send(coalesce(r."outputs"[r."predicted_class" + 1], 'NaN'))` },
  {
    name: 'right',
    bytes: Prisma.sql`CASE WHEN r."true_class" < 0 AND coalesce(cardinality(r."true_classes"), 0) = 0 THEN '\\x02'::bytea
      WHEN r."predicted_class" = r."true_class" OR r."predicted_class" = ANY (r."true_classes") THEN '\\x01'::bytea ELSE '\\x00'::bytea END`,
  },
];
