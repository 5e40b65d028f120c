import { didYouMean, XaigridError, type ScoreRow } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Queries } from './prisma.js';
import { queryRows } from './rows.js';
import type { ScoreFilter, ScoreQuery } from './store.js';

const scoreRowSchema = z.object({
  evaluation: z.int(),
  dataset: z.string(),
  model: z.string(),
  method: z.string(),
  label: z.string(),
  metric: z.string(),
  setting: z.record(z.string(), z.unknown()),
  sampleIndex: z.int(),
  trueClass: z.int(),
  predictedClass: z.int(),
  degenerate: z.boolean(),
  names: z.array(z.string()),
  /** As text: the adapter cannot tell NaN and infinities inside an array. */
  values: z.string(),
});

/**
 * The scores of a run's samples: filtered, sorted, a page of them. The page is found by keys alone; what is shown of a row is only read
 * for the page (over 900 000 scores 1 s, where reading all first takes 9 s).
 * @throws USAGE when `sort` or `range` names no measure of the run
 */
export async function readScores(queries: Queries, query: ScoreQuery): Promise<ScoreRow[]> {
  await requireMeasures(queries, query);
  const rows = await queryRows(
    queries,
    scoreRowSchema,
    Prisma.sql`
      WITH "page" AS MATERIALIZED (
        SELECT e."id" AS "evaluation_id", es."ordinal" AS "setting_ordinal", s."score_set_id", s."sample_index"
        FROM "evaluation" e
        JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
        JOIN "score_set" ss ON ss."id" = es."score_set_id"
        JOIN "score" s ON s."score_set_id" = ss."id" AND s."sample_index" < e."samples"
        JOIN "prediction" p ON p."prediction_set_id" = e."prediction_set_id" AND p."sample_index" = s."sample_index"
        WHERE ${Prisma.join([Prisma.sql`e."run_id" = ${query.runId}`, onlyFirst, ...conditions(query)], ' AND ')}
        ORDER BY ${order(query.sort)} e."ordinal", es."ordinal", s."sample_index"
        LIMIT ${query.limit} OFFSET ${query.offset}
      )
      SELECT o."evaluation", o."dataset", o."model", o."method", o."label", ss."metric", ss."setting",
        s."sample_index" AS "sampleIndex", p."true_class" AS "trueClass", p."predicted_class" AS "predictedClass",
        s."degenerate", ss."measure_names" AS "names", array_to_string(s."measures", ',') AS "values"
      FROM "page" g
      JOIN "evaluation_overview" o ON o."evaluation_id" = g."evaluation_id"
      JOIN "score_set" ss ON ss."id" = g."score_set_id"
      JOIN "score" s ON s."score_set_id" = g."score_set_id" AND s."sample_index" = g."sample_index"
      JOIN "prediction" p ON p."prediction_set_id" = o."prediction_set_id" AND p."sample_index" = g."sample_index"
      ORDER BY ${order(query.sort)} o."evaluation", g."setting_ordinal", g."sample_index"`,
  );
  return rows.map(({ names, values, ...row }) => {
    const numbers = values.split(',').map(Number);
    return { ...row, measures: Object.fromEntries(names.map((name, position) => [name, numbers[position] ?? NaN])) };
  });
}

/** Settings that only differ in their divisor have the same scores: these are given once. */
const onlyFirst = Prisma.sql`NOT EXISTS (SELECT FROM "evaluation_setting" b
  WHERE b."evaluation_id" = es."evaluation_id" AND b."score_set_id" = es."score_set_id" AND b."ordinal" < es."ordinal")`;

/** One measure of the row at hand; null when its metric does not measure that. */
function measure(name: string): Prisma.Sql {
  return Prisma.sql`s."measures"[array_position(ss."measure_names", ${name})]`;
}

function conditions(filter: ScoreFilter): Prisma.Sql[] {
  const { range } = filter;
  const wanted: (Prisma.Sql | undefined)[] = [
    filter.sample === undefined ? undefined : Prisma.sql`s."sample_index" = ${filter.sample}`,
    filter.class === undefined ? undefined : Prisma.sql`p."true_class" = ${filter.class}`,
    filter.method === undefined ? undefined : Prisma.sql`e."plan" #>> '{explainer,method}' = ${filter.method}`,
    filter.setting === undefined ? undefined : Prisma.sql`ss."setting" @> ${JSON.stringify(filter.setting)}::jsonb`,
    filter.degenerate === undefined ? undefined : Prisma.sql`s."degenerate" = ${filter.degenerate}`,
    range?.low === undefined ? undefined : Prisma.sql`${measure(range.measure)} >= ${range.low}::double precision`,
    range?.high === undefined ? undefined : Prisma.sql`${measure(range.measure)} <= ${range.high}::double precision`,
  ];
  return wanted.filter((condition) => condition !== undefined);
}

function order(sort: string | undefined): Prisma.Sql {
  if (sort === undefined) return Prisma.empty;
  const { name, descending } = parseSort(sort);
  const value = name === 'sample' ? Prisma.sql`s."sample_index"` : measure(name);
  return descending ? Prisma.sql`${value} DESC NULLS LAST,` : Prisma.sql`${value} ASC NULLS LAST,`;
}

function parseSort(sort: string): { readonly name: string; readonly descending: boolean } {
  return sort.startsWith('-') ? { name: sort.slice(1), descending: true } : { name: sort, descending: false };
}

async function requireMeasures(queries: Queries, { runId, sort, range }: ScoreQuery): Promise<void> {
  const sorted = sort === undefined ? undefined : parseSort(sort).name;
  const asked = [sorted === 'sample' ? undefined : sorted, range?.measure].filter((name) => name !== undefined);
  if (asked.length === 0) return;
  const rows = await queryRows(
    queries,
    z.object({ name: z.string() }),
    Prisma.sql`
      SELECT DISTINCT unnest(ss."measure_names") AS "name"
      FROM "evaluation" e JOIN "evaluation_setting" es ON es."evaluation_id" = e."id" JOIN "score_set" ss ON ss."id" = es."score_set_id"
      WHERE e."run_id" = ${runId} ORDER BY 1`,
  );
  const known = rows.map((row) => row.name);
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new XaigridError(
    'USAGE',
    `Run ${runId} has no measure "${unknown}".${didYouMean(unknown, known)} Its measures: ${known.join(', ')}.`,
  );
}
