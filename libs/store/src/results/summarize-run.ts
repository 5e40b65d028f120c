import { z } from 'zod';
import type { Retry } from '../connection/retry.js';
import { Prisma, transactionLimits, type Database } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import { packColumns, type PackedSet } from '../columns/pack-columns.js';
import { insertBounds } from './score-bounds.js';

const unsummedSchema = z.object({ evaluation_id: z.int(), score_set_id: z.int(), planned: z.int(), choice: z.int() });
type Unsummed = z.infer<typeof unsummedSchema>;

/**
 * Aggregates the scores of a run, one set after the other, so that its table need not read them. The numbers are the same to the
 * last bit. Their numbers are also packed in columns, for lists of samples. What is done already is skipped, so it may be stopped at any time and repeated. It takes about 0.3 s for
 * 100 000 scores of six measures.
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
  for (const set of await retry(() => readUnpacked(database, runId))) {
    if (signal?.aborted === true) return;
    await retry(() => packColumns(database, set));
  }
}

/** The sets that are not aggregated yet, once per set and samples. */
function readUnsummed(database: Database, runId: string): Promise<Unsummed[]> {
  return queryRows(
    database,
    unsummedSchema,
    Prisma.sql`
      SELECT DISTINCT ON (es."score_set_id", e."samples", "choice") e."id" AS "evaluation_id", es."score_set_id", e."samples" AS "planned",
        coalesce(e."choice_id", 0) AS "choice"
      FROM "evaluation" e JOIN "evaluation_setting" es ON es."evaluation_id" = e."id"
      WHERE e."run_id" = ${runId} AND NOT EXISTS (
        SELECT FROM "score_summary" k WHERE k."score_set_id" = es."score_set_id" AND k."planned" = e."samples"
          AND k."choice" = coalesce(e."choice_id", 0))
      ORDER BY es."score_set_id", e."samples", "choice", e."id"`,
  );
}

/** The sets whose columns are not packed yet. */
async function readUnpacked(database: Database, runId: string): Promise<PackedSet[]> {
  const rows = await queryRows(
    database,
    z.object({ kind: z.enum(['score', 'prediction']), id: z.int(), measures: z.int() }),
    Prisma.sql`
      SELECT DISTINCT 'score' AS "kind", ss."id", cardinality(ss."measure_names") AS "measures"
      FROM "evaluation" e JOIN "evaluation_setting" es ON es."evaluation_id" = e."id" JOIN "score_set" ss ON ss."id" = es."score_set_id"
      WHERE e."run_id" = ${runId} AND NOT EXISTS (SELECT FROM "column_set" c WHERE c."score_set_id" = ss."id")
      UNION ALL
      SELECT DISTINCT 'prediction', e."prediction_set_id", 0 FROM "evaluation" e
      WHERE e."run_id" = ${runId} AND NOT EXISTS (SELECT FROM "column_set" c WHERE c."prediction_set_id" = e."prediction_set_id")`,
  );
  return rows;
}

function summarizeSet(
  database: Database,
  { evaluation_id: evaluation, score_set_id: set, planned, choice }: Unsummed,
): Promise<void> {
  return database.$transaction(async (queries) => {
    // Waits for processes that add scores to the set, and blocks others until the summary is written: see forget_summaries.
    await queries.$queryRaw`SELECT "id" FROM "score_set" WHERE "id" = ${set} FOR UPDATE`;
    await queries.$executeRaw`
      INSERT INTO "score_summary"
      SELECT DISTINCT ON (m."measure_ordinal") m."score_set_id", m."planned", m."measure_ordinal", m."samples", m."degenerate",
        m."ones", m."non_zero", m."sum", m."mean", m."variance", m."largest", m."choice"
      FROM "measure_summary" m WHERE m."evaluation_id" = ${evaluation} AND m."score_set_id" = ${set}
      ON CONFLICT DO NOTHING`;
    await queries.$executeRaw(insertBounds({ set, planned, choice }));
  }, transactionLimits);
}
