import { z } from 'zod';
import { completeExplain, completeScore } from './complete-shard.js';
import { evaluationInclude, evaluationRecord, runState } from './run-records.js';
import type pg from 'pg';
import { Prisma, type Database } from './prisma.js';
import type { Retry } from './retry.js';
import { queryOne, countSchema } from './rows.js';
import { shardRecord } from './shard-records.js';
import type { ShardRepository } from './store.js';
import { storable, storableMessage } from './stored-text.js';

const countsSchema = z.object({ planned: countSchema, explained: countSchema, scored: countSchema, failed: countSchema });

/** States only move forward; each statement says from where it may, so that a stale worker changes nothing. */
export function createShardRepository({
  database,
  pool,
  retry,
}: {
  readonly database: Database;
  readonly pool: pg.Pool;
  readonly retry: Retry;
}): ShardRepository {
  return {
    context: (shardId) =>
      retry(async () => {
        const shard = await database.shard.findUnique({
          where: { id: shardId },
          include: { evaluation: { include: { ...evaluationInclude, run: { select: { state: true, cancelRequested: true } } } } },
        });
        if (shard === null) return undefined;
        const { run } = shard.evaluation;
        return {
          shard: shardRecord(shard),
          evaluation: evaluationRecord(shard.evaluation),
          runState: runState(run.state),
          cancelRequested: run.cancelRequested,
        };
      }),
    beginAttempt: (shardId, stage, worker) =>
      retry(async () => {
        const attempts = { increment: 1 };
        await database.shard.updateMany({
          where: { id: shardId },
          data: {
            worker: storable(worker),
            ...(stage === 'explain' ? { explainAttempts: attempts } : { scoreAttempts: attempts }),
          },
        });
      }),
    completeExplain: (result) => retry(() => completeExplain({ database, pool }, result)),
    completeScore: (result) => retry(() => completeScore(pool, result)),
    fail: (shardId, { stage, attempts, code, message }) =>
      retry(async () => {
        // A failed explain attempt says nothing of a shard that another attempt has explained.
        const failing = stage === 'explain' ? ['planned'] : ['planned', 'explained'];
        const moved = await database.$executeRaw`
          UPDATE "shard" SET "state" = 'failed', "failed_stage" = ${stage}::stage, "failed_at" = clock_timestamp(),
            "error_code" = ${code}, "error_message" = ${storableMessage(message)},
            "explain_attempts" = CASE WHEN ${stage} = 'explain' THEN ${attempts}::integer ELSE "explain_attempts" END,
            "score_attempts" = CASE WHEN ${stage} = 'score' THEN ${attempts}::integer ELSE "score_attempts" END
          WHERE "id" = ${shardId} AND "state" = ANY (${failing}::shard_state[])`;
        return moved === 1;
      }),
    page: (runId, { states, afterId, limit }) =>
      retry(async () => {
        const where = { runId, state: { in: [...states] }, id: { gt: afterId } };
        const shards = await database.shard.findMany({ where, orderBy: { id: 'asc' }, take: limit });
        return shards.map(shardRecord);
      }),
    count: (runId) =>
      retry(() =>
        queryOne(
          database,
          countsSchema,
          Prisma.sql`
            SELECT coalesce(sum("shards_planned"), 0)::bigint AS "planned", coalesce(sum("shards_explained"), 0)::bigint AS "explained",
              coalesce(sum("shards_scored"), 0)::bigint AS "scored", coalesce(sum("shards_failed"), 0)::bigint AS "failed"
            FROM "run_progress" WHERE "run_id" = ${runId}`,
        ),
      ),
    retryFailed: (runId) =>
      retry(() =>
        database.$executeRaw(Prisma.sql`
          UPDATE "shard" SET
            "state" = CASE WHEN "explained_at" IS NULL THEN 'planned'::shard_state ELSE 'explained'::shard_state END,
            "explain_attempts" = 0, "score_attempts" = 0,
            "failed_stage" = NULL, "failed_at" = NULL, "error_code" = NULL, "error_message" = NULL
          WHERE "run_id" = ${runId} AND "state" = 'failed'`),
      ),
  };
}
