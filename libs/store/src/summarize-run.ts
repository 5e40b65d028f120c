import { z } from 'zod';
import { indexedMeasures } from './measure-at.js';
import { Prisma, transactionLimits, type Database } from './prisma.js';
import type { Retry } from './retry.js';
import { queryRows } from './rows.js';

/** Values that decide where a bucket of bounds begins. */
const VALUES_A_BUCKET = 16;
/** A prime: its multiples are spread over the samples, without a period that data would have. */
const SCATTER = 1_299_709;

const unsummedSchema = z.object({ evaluation_id: z.int(), score_set_id: z.int(), planned: z.int() });
type Unsummed = z.infer<typeof unsummedSchema>;

/**
 * Sums up the scores of a run, one set after the other, so that its table no longer reads them: the same numbers, to the last bit. What is
 * summed up already stays, so it may be ended anywhere and done again. About 0.3 s for 100 000 scores of six measures.
 */
export async function summarizeRun(
  database: Database,
  retry: Retry,
  { runId, signal }: { readonly runId: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  for (const set of await retry(() => readUnsummed(database, runId))) {
    if (signal?.aborted === true) return;
    await retry(() => summarizeSet(database, set));
  }
}

/** Of evaluations that share a set and the number of its samples, one. */
function readUnsummed(database: Database, runId: string): Promise<Unsummed[]> {
  return queryRows(
    database,
    unsummedSchema,
    Prisma.sql`
      SELECT DISTINCT ON (es."score_set_id", e."samples") e."id" AS "evaluation_id", es."score_set_id", e."samples" AS "planned"
      FROM "evaluation" e JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
      WHERE e."run_id" = ${runId} AND NOT EXISTS (
        SELECT FROM "score_summary" k WHERE k."score_set_id" = es."score_set_id" AND k."planned" = e."samples")
      ORDER BY es."score_set_id", e."samples", e."id"`,
  );
}

function summarizeSet(database: Database, unsummed: Unsummed): Promise<void> {
  const { evaluation_id: evaluation, score_set_id: set } = unsummed;
  return database.$transaction(async (queries) => {
    // Waits for whoever is adding scores to the set, and lets nobody add any until the summary is written: see forget_summaries.
    await queries.$queryRaw`SELECT "id" FROM "score_set" WHERE "id" = ${set} FOR UPDATE`;
    await queries.$executeRaw`
      INSERT INTO "score_summary"
      SELECT DISTINCT ON (m."measure_ordinal") m."score_set_id", m."planned", m."measure_ordinal", m."samples", m."degenerate",
        m."ones", m."non_zero", m."sum", m."mean", m."variance", m."largest"
      FROM "measure_summary" m WHERE m."evaluation_id" = ${evaluation} AND m."score_set_id" = ${set}
      ON CONFLICT DO NOTHING`;
    await queries.$executeRaw(insertBounds(unsummed));
  }, transactionLimits);
}

/**
 * See score_bound; of each measure that has an index. The buckets of a measure begin at quantiles of some of its values, each value once: as many
 * buckets as rows in each, fewer where a measure has few values. A page that starts a bucket too far so walks through no more than it may
 * (score-candidates.ts).
 */
function insertBounds({ score_set_id: set, planned }: Unsummed): Prisma.Sql {
  const each = (part: (position: Prisma.Sql) => Prisma.Sql): Prisma.Sql =>
    Prisma.join(indexedMeasures.map((position) => part(Prisma.raw(String(position)))));
  const buckets = Math.ceil(Math.sqrt(planned));
  const quantiles = Array.from({ length: buckets }, (_, at) => at / buckets);
  return Prisma.sql`
    INSERT INTO "score_bound"
    SELECT ${set}::integer, ${planned}::integer, b."ordinal", b."bucket", b."rows", b."lowest"[1 : b."measures"], b."highest"[1 : b."measures"]
    FROM (
      SELECT array_position(ARRAY[${each((at) => Prisma.sql`"b${at}" IS NOT NULL`)}], true) - 1 AS "ordinal",
        coalesce(${each((at) => Prisma.sql`"b${at}"`)}) AS "bucket", count(*) AS "rows", max("measures") AS "measures",
        ARRAY[${each((at) => Prisma.sql`min("m${at}")`)}] AS "lowest", ARRAY[${each((at) => Prisma.sql`max("m${at}")`)}] AS "highest"
      FROM (
        SELECT cardinality(s."measures") AS "measures", ${each((at) => Prisma.sql`s."measures"[${at}] AS "m${at}"`)},
          ${each((at) => Prisma.sql`width_bucket(s."measures"[${at}], q."q${at}") AS "b${at}"`)}
        FROM "score" s CROSS JOIN (
          SELECT ${each((at) => Prisma.sql`percentile_disc(${quantiles}::double precision[]) WITHIN GROUP (ORDER BY s."measures"[${at}]) AS "q${at}"`)}
          -- Scattered: samples at equal distances may all be of one class.
          FROM generate_series(1, least(${VALUES_A_BUCKET * buckets}, ${planned})::bigint) AS i ("turn")
          JOIN "score" s ON s."score_set_id" = ${set} AND s."sample_index" = (i."turn" * ${SCATTER}::bigint % ${planned})::integer
        ) q
        WHERE s."score_set_id" = ${set} AND s."sample_index" < ${planned}
        -- Hides from Postgres how many buckets there might be: it would sort the rows for each measure.
        OFFSET 0
      ) r
      GROUP BY GROUPING SETS (${each((at) => Prisma.sql`("b${at}")`)})
    ) b
    WHERE b."bucket" IS NOT NULL
    ON CONFLICT DO NOTHING`;
}
