import { shardStates, XaigridError } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import { agreeOnShape, insertMaps } from './insert-maps.js';
import { insertPredictions } from './insert-predictions.js';
import { insertScores } from './insert-scores.js';
import { Prisma, type Database, type Statements } from './prisma.js';
import { queryRows } from './rows.js';
import { countSamples, type SampleTable } from './sample-sets.js';
import type { ShardRepository } from './store.js';
import { inTransaction } from './transaction.js';

type ExplainResult = Parameters<ShardRepository['completeExplain']>[0];
type ScoreResult = Parameters<ShardRepository['completeScore']>[0];

const lockedSchema = z.object({ state: z.enum(shardStates), evaluation_id: z.int(), sample_start: z.int(), sample_end: z.int() });
type LockedShard = z.infer<typeof lockedSchema>;
const scoreSetSchema = z.object({ score_set_id: z.int() });

/**
 * Stores a shard's maps and predictions. The shard's row is locked first: of two workers with the same shard the second waits,
 * sees that it is done, and writes nothing.
 */
export async function completeExplain(
  { database, pool }: { readonly database: Database; readonly pool: pg.Pool },
  result: ExplainResult,
): Promise<boolean> {
  // A shard whose maps were all stored before brings none, and so no shape.
  if (result.maps.length > 0) await agreeOnShape(database, result.mapSetId, result.mapShape);
  return inTransaction(pool, async (queries) => {
    const shard = await lockShard(queries, result.shardId);
    if (shard === undefined || shard.state === 'explained' || shard.state === 'scored') return false;
    await insertMaps(queries, { mapSetId: result.mapSetId, shape: result.mapShape, maps: result.maps });
    await insertPredictions(queries, result.predictionSetId, result.predictions);
    // What a failed shard's late worker computed is kept for the next attempt; the failure stands.
    if (shard.state === 'failed') return false;
    await requireAll(queries, shard, 'map', [result.mapSetId]);
    await requireAll(queries, shard, 'prediction', [result.predictionSetId]);
    await queries.$executeRaw(Prisma.sql`
      UPDATE "shard" SET "state" = 'explained', "explained_at" = clock_timestamp(),
        "maps_computed" = ${result.maps.length}::integer, "maps_reused" = ${result.reused}::integer
      WHERE "id" = ${result.shardId}`);
    return true;
  });
}

export function completeScore(pool: pg.Pool, result: ScoreResult): Promise<boolean> {
  return inTransaction(pool, async (queries) => {
    const shard = await lockShard(queries, result.shardId);
    if (shard === undefined || shard.state === 'scored') return false;
    await insertScores(queries, result.scores);
    if (shard.state === 'failed') return false;
    const sets = await queryRows(
      queries,
      scoreSetSchema,
      Prisma.sql`SELECT DISTINCT "score_set_id" FROM "evaluation_setting" WHERE "evaluation_id" = ${shard.evaluation_id}`,
    );
    await requireAll(
      queries,
      shard,
      'score',
      sets.map((set) => set.score_set_id),
    );
    await queries.$executeRaw(Prisma.sql`
      UPDATE "shard" SET "state" = 'scored', "scored_at" = clock_timestamp(),
        "scores_computed" = ${result.computed}::integer, "scores_reused" = ${result.reused}::integer
      WHERE "id" = ${result.shardId}`);
    return true;
  });
}

async function lockShard(queries: Statements, shardId: number): Promise<LockedShard | undefined> {
  const [shard] = await queryRows(
    queries,
    lockedSchema,
    Prisma.sql`SELECT "state", "evaluation_id", "sample_start", "sample_end" FROM "shard" WHERE "id" = ${shardId} FOR NO KEY UPDATE`,
  );
  return shard;
}

/** A shard only moves on when everything it stands for is stored: no table can miss a row that a shard vouches for. */
async function requireAll(queries: Statements, shard: LockedShard, table: SampleTable, sets: readonly number[]): Promise<void> {
  const { sample_start: start, sample_end: end } = shard;
  const wanted = sets.length * (end - start);
  const count = await countSamples(queries, { table, sets, start, end });
  if (count === wanted) return;
  throw new XaigridError(
    'INTERNAL',
    `Samples ${start} to ${end - 1} have ${count} of ${wanted} ${table}s stored; the shard cannot move on.`,
  );
}
