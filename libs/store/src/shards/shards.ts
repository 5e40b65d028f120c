import type pg from 'pg';
import { z } from 'zod';
import type { Retry } from '../connection/retry.js';
import { createEvaluationCache } from '../runs/evaluation-cache.js';
import { Prisma, type Database } from '../sql/prisma.js';
import { queryOne, countSchema } from '../sql/rows.js';
import { storableMessage } from '../sql/stored-text.js';
import type { ShardRepository } from '../store.js';
import { batchCalls } from './batch-calls.js';
import { renewClaims } from './claims.js';
import { completeExplain, completeScore } from './complete-shard.js';
import { cutFailedShards } from './cut-shards.js';
import { readOpenShards } from './open-shards.js';
import { readShardsAtWork } from './shards-at-work.js';
import { beginAttempts, readContexts, type BegunAttempt } from './shard-attempts.js';
import { shardRecord } from './shard-records.js';

const countsSchema = z.object({ planned: countSchema, explained: countSchema, scored: countSchema, failed: countSchema });

/** Limits for calls of workers that are combined; see `batch-calls.ts`. */
const light = { most: 256, lanes: 2 };
/** In numbers: four megabytes of maps, or as many scores as one statement takes. */
const heavy = { most: 256, lanes: 4, heaviest: 1_000_000 };

/**
 * The repository of shards. States only move forward. Each statement says from which states it may move, so a stale worker
 * changes nothing.
 */
export function createShardRepository({
  database,
  pool,
  retry,
}: {
  readonly database: Database;
  readonly pool: pg.Pool;
  readonly retry: Retry;
}): ShardRepository {
  const evaluations = createEvaluationCache(database);
  const begin = batchCalls<BegunAttempt, boolean>((attempts) => retry(() => beginAttempts(pool, attempts)), light);
  return {
    context: batchCalls((ids) => retry(() => readContexts(database, evaluations, ids)), light),
    beginAttempt: (shardId, stage, worker) => begin({ shardId, stage, worker }),
    renewClaim: batchCalls((ids) => retry(() => renewClaims(database, ids)), light),
    completeExplain: batchCalls((results) => retry(() => completeExplain(pool, results)), {
      ...heavy,
      weigh: ({ maps }) => maps.reduce((sum, { data }) => sum + data.length, 0),
    }),
    completeScore: batchCalls((results) => retry(() => completeScore(pool, results)), {
      ...heavy,
      weigh: ({ scores }) => scores.reduce((sum, { sampleIndices, measures }) => sum + sampleIndices.length * measures.length, 0),
    }),
    fail: (shardId, { stage, attempts, code, message }) =>
      retry(async () => {
        // A failed explain attempt does not matter for a shard that another attempt has explained.
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
    idAt: (runId, state, position) =>
      retry(async () => {
        const { id } = await queryOne(
          database,
          z.object({ id: countSchema }),
          Prisma.sql`
            SELECT coalesce(max("id"), -1) AS "id" FROM (
              SELECT "id" FROM "shard" WHERE "run_id" = ${runId} AND "state" = ${state}::shard_state ORDER BY "id" LIMIT ${position}
            ) s`,
        );
        return id;
      }),
    atWork: (runIds, limit) => retry(() => readShardsAtWork(database, runIds, limit)),
    open: (runId, query) => retry(() => readOpenShards(database, runId, query)),
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
    cutFailed: (runId) => retry(() => cutFailedShards(database, runId)),
    retryFailed: (runId) =>
      retry(() =>
        database.$executeRaw(Prisma.sql`
          UPDATE "shard" SET
            "state" = CASE WHEN "explained_at" IS NULL THEN 'planned'::shard_state ELSE 'explained'::shard_state END,
            "explain_attempts" = 0, "score_attempts" = 0,
            "failed_stage" = NULL, "failed_at" = NULL, "error_code" = NULL, "error_message" = NULL
          WHERE "run_id" = ${runId} AND "failed_at" IS NOT NULL AND "state" = 'failed'`),
      ),
  };
}
