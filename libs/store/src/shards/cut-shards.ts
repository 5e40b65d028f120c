import type { ErrorCode } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, transactionLimits, type Database } from '../sql/prisma.js';
import { countSchema, queryRows } from '../sql/rows.js';

/**
 * With 8 pieces, a shard of 100 samples comes down to one sample in 3 cuts, with 20 pieces tried: few rounds, and little work
 * done twice.
 */
const PIECES = 8;

/**
 * Errors that one sample can cause for its whole shard. Other errors come from the model, the versions or the files, and every
 * piece would have them again. An error that ends its worker (INTERRUPTED) would end one more worker per piece and attempt.
 */
const ofOneSample: readonly ErrorCode[] = ['DATASET_UNREADABLE', 'NOT_FINITE', 'ENGINE_FAILED', 'INTERNAL'];

/** The most failed samples of an evaluation without any score. With more, single samples are not the cause. */
const FEW_SAMPLES = 1_000;

/**
 * Cuts failed shards into pieces that start at the stage where the shard failed, with 0 attempts, so that a bad sample does not
 * cost other samples their scores. Stored results of the shard stay. Shards of one sample, and errors that no sample can cause,
 * are left alone.
 * @returns how many pieces there are to try
 */
export async function cutFailedShards(database: Database, runId: string): Promise<number> {
  return database.$transaction(async (queries) => {
    // Locked: a process that cuts at the same time waits, and finds nothing left to cut.
    const shards = await queryRows(
      queries,
      z.object({ id: countSchema }),
      Prisma.sql`
        SELECT s."id" FROM "shard" s
        WHERE s."run_id" = ${runId} AND s."state" = 'failed' AND s."sample_end" - s."sample_start" > 1
          AND s."error_code" = ANY (${[...ofOneSample]})
          AND (EXISTS (SELECT FROM "shard" o WHERE o."evaluation_id" = s."evaluation_id" AND o."state" = 'scored')
            OR (SELECT sum(o."sample_end" - o."sample_start") FROM "shard" o
                WHERE o."evaluation_id" = s."evaluation_id" AND o."state" = 'failed') <= ${FEW_SAMPLES})
        FOR NO KEY UPDATE OF s`,
    );
    const ids = shards.map(({ id }) => id);
    if (ids.length === 0) return 0;
    // The first piece is the shard itself, which keeps its counters. New rows begin as planned, because triggers count them so.
    const added = await queries.$executeRaw`
      INSERT INTO "shard" ("run_id", "evaluation_id", "sample_start", "sample_end", "explained_at", "explain_work", "score_work")
      SELECT s."run_id", s."evaluation_id", p."start", least(p."start" + c."size", s."sample_end"), s."explained_at",
        s."explain_work", s."score_work"
      FROM "shard" s
      CROSS JOIN LATERAL (SELECT ceil((s."sample_end" - s."sample_start") / ${PIECES}::numeric)::integer AS "size") c
      CROSS JOIN LATERAL generate_series(s."sample_start" + c."size", s."sample_end" - 1, c."size") AS p ("start")
      WHERE s."id" = ANY (${ids}::bigint[])`;
    await queries.$executeRaw`
      UPDATE "shard" SET
        "sample_end" = "sample_start" + ceil(("sample_end" - "sample_start") / ${PIECES}::numeric)::integer,
        "state" = 'planned', "explain_attempts" = 0, "score_attempts" = 0,
        "failed_stage" = NULL, "failed_at" = NULL, "error_code" = NULL, "error_message" = NULL
      WHERE "id" = ANY (${ids}::bigint[])`;
    await queries.$executeRaw`
      UPDATE "shard" SET "state" = 'explained' WHERE "run_id" = ${runId} AND "state" = 'planned' AND "explained_at" IS NOT NULL`;
    return ids.length + added;
  }, transactionLimits);
}
