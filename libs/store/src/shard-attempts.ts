import { runStates, shardStates, type Stage } from '@xaigrid/contracts';
import { z } from 'zod';
import type { EvaluationCache } from './evaluation-cache.js';
import { Prisma, type Database } from './prisma.js';
import { countSchema, queryRows } from './rows.js';
import type { ShardContext } from './store.js';
import { storable } from './stored-text.js';

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
});

/** Everything a worker must know of some shards, in their order; undefined for one that is gone. */
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
        r."state" AS "runState", r."cancel_requested" AS "cancelRequested"
      FROM "shard" s JOIN "run" r ON r."id" = s."run_id" WHERE s."id" = ANY (${[...ids]}::bigint[])`,
  );
  const records = await evaluations.get(rows);
  const contexts = new Map<number, ShardContext>();
  for (const { runState, cancelRequested, explainAttempts, scoreAttempts, ...shard } of rows) {
    const evaluation = records.get(shard.evaluationId);
    if (evaluation === undefined) continue;
    const attempts = { explain: explainAttempts, score: scoreAttempts };
    contexts.set(shard.id, { shard: { ...shard, attempts }, evaluation, runState, cancelRequested });
  }
  return ids.map((id) => contexts.get(id));
}

export interface BegunAttempt {
  readonly shardId: number;
  readonly stage: Stage;
  readonly worker: string;
}

/** Counts attempts and remembers who makes them. */
export async function beginAttempts(database: Database, attempts: readonly BegunAttempt[]): Promise<undefined[]> {
  // In the order of ids, as others lock them; an id that comes twice counts twice.
  const byShard = new Map<number, { explain: number; score: number; worker: string }>();
  for (const { shardId, stage, worker } of attempts.toSorted((a, b) => a.shardId - b.shardId)) {
    const counted = byShard.get(shardId) ?? { explain: 0, score: 0, worker };
    byShard.set(shardId, { ...counted, [stage]: counted[stage] + 1, worker });
  }
  const counted = [...byShard.values()];
  await database.$executeRaw`
    UPDATE "shard" s SET "worker" = a."worker", "explain_attempts" = s."explain_attempts" + a."explain",
      "score_attempts" = s."score_attempts" + a."score"
    FROM unnest(
      ${[...byShard.keys()]}::bigint[],
      ${counted.map(({ explain }) => explain)}::integer[],
      ${counted.map(({ score }) => score)}::integer[],
      ${counted.map(({ worker }) => storable(worker))}::text[]
    ) AS a ("id", "explain", "score", "worker")
    WHERE s."id" = a."id"`;
  return attempts.map(() => undefined);
}
