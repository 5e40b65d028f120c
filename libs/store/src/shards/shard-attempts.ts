import { runStates, shardStates, type Stage } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import type { EvaluationCache } from '../runs/evaluation-cache.js';
import { readShardChoices } from '../samples/sample-choices.js';
import { indicesAsked } from '../samples/samples-asked.js';
import { Prisma, type Database, type Statements } from '../sql/prisma.js';
import { countSchema, queryRows } from '../sql/rows.js';
import { storable } from '../sql/stored-text.js';
import { inTransaction, statementsOn } from '../sql/transaction.js';
import type { ShardContext } from '../store.js';
import { claimEnd, claimSharedMaps } from './claims.js';

const contextSchema = z.object({
  id: countSchema,
  runId: z.string(),
  evaluationId: z.int(),
  start: z.int(),
  end: z.int(),
  state: z.enum(shardStates),
  explainAttempts: z.int(),
  scoreAttempts: z.int(),
  runState: z.enum(runStates),
  cancelRequested: z.boolean(),
  chosen: z.boolean(),
});

/** Everything that a worker must know about some shards, in their order. Undefined for a shard that is gone. */
export async function readContexts(
  database: Database,
  evaluations: EvaluationCache,
  ids: readonly number[],
): Promise<(ShardContext | undefined)[]> {
  const rows = await queryRows(
    database,
    contextSchema,
    Prisma.sql`
      SELECT s."id", s."run_id" AS "runId", s."evaluation_id" AS "evaluationId", s."sample_start" AS "start", s."sample_end" AS "end",
        s."state", s."explain_attempts" AS "explainAttempts", s."score_attempts" AS "scoreAttempts",
        r."state" AS "runState", r."cancel_requested" AS "cancelRequested", e."choice_id" IS NOT NULL AS "chosen"
      FROM "shard" s JOIN "evaluation" e ON e."id" = s."evaluation_id" JOIN "run" r ON r."id" = s."run_id" WHERE s."id" = ANY (${[...ids]}::bigint[])`,
  );
  const [records, choices] = await Promise.all([
    evaluations.get(rows),
    readShardChoices(
      database,
      rows.filter(({ chosen }) => chosen).map(({ id }) => id),
    ),
  ]);
  const contexts = new Map<number, ShardContext>();
  for (const { runState, cancelRequested, explainAttempts, scoreAttempts, chosen, ...shard } of rows) {
    const evaluation = records.get(shard.evaluationId);
    if (evaluation === undefined) continue;
    const attempts = { explain: explainAttempts, score: scoreAttempts };
    const sampleIndices = chosen ? choices.get(shard.id) : indicesAsked(shard);
    if (sampleIndices === undefined) continue;
    contexts.set(shard.id, { shard: { ...shard, attempts }, sampleIndices, evaluation, runState, cancelRequested });
  }
  return ids.map((id) => contexts.get(id));
}

export interface BegunAttempt {
  readonly shardId: number;
  readonly stage: Stage;
  readonly worker: string;
}

/**
 * Counts attempts and notes which worker makes them. An explain attempt also claims the shard's maps.
 * @returns for each attempt whether it began: false while the worker of another shard has a claim on some of the same maps
 */
export async function beginAttempts(pool: pg.Pool, attempts: readonly BegunAttempt[]): Promise<boolean[]> {
  const explaining = attempts.filter(({ stage }) => stage === 'explain').map(({ shardId }) => shardId);
  if (explaining.length === 0) {
    await countAttempts(statementsOn(pool), attempts);
    return attempts.map(() => true);
  }
  return inTransaction(pool, async (queries) => {
    const refused = await claimSharedMaps(queries, explaining);
    const begins = ({ stage, shardId }: BegunAttempt): boolean => stage === 'score' || !refused.has(shardId);
    await countAttempts(queries, attempts.filter(begins));
    return attempts.map(begins);
  });
}

async function countAttempts(queries: Statements, attempts: readonly BegunAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  // In the order of ids, as other transactions lock them. An id that occurs twice counts twice.
  const byShard = new Map<number, { explain: number; score: number; worker: string }>();
  for (const { shardId, stage, worker } of attempts.toSorted((a, b) => a.shardId - b.shardId)) {
    const counted = byShard.get(shardId) ?? { explain: 0, score: 0, worker };
    byShard.set(shardId, { ...counted, [stage]: counted[stage] + 1, worker });
  }
  const counted = [...byShard.values()];
  await queries.$executeRaw(Prisma.sql`
    UPDATE "shard" s SET "worker" = a."worker", "explain_attempts" = s."explain_attempts" + a."explain",
      "score_attempts" = s."score_attempts" + a."score",
      "claimed_until" = ${claimEnd}
    FROM unnest(
      ${[...byShard.keys()]}::bigint[],
      ${counted.map(({ explain }) => explain)}::integer[],
      ${counted.map(({ score }) => score)}::integer[],
      ${counted.map(({ worker }) => storable(worker))}::text[]
    ) AS a ("id", "explain", "score", "worker")
    WHERE s."id" = a."id"`);
}
