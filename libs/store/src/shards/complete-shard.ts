import { grouped, shardStates, XaigridError, type Group, type ShardState } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import { agreeOnShape, insertMaps } from '../maps/insert-maps.js';
import { insertPredictions } from '../predictions/insert-predictions.js';
import { requireSamples, type WantedSamples } from '../samples/require-samples.js';
import { insertScores } from '../scores/insert-scores.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import { inTransaction, statementsOn } from '../sql/transaction.js';
import type { ShardRepository } from '../store.js';

export type ExplainResult = Parameters<ShardRepository['completeExplain']>[0];
export type ScoreResult = Parameters<ShardRepository['completeScore']>[0];

const lockedSchema = z.object({
  id: z.int(),
  state: z.enum(shardStates),
  evaluation_id: z.int(),
  sample_start: z.int(),
  sample_end: z.int(),
  choice_id: z.int().nullable(),
});
type LockedShard = z.infer<typeof lockedSchema>;
const settingSchema = z.object({ evaluation_id: z.int(), score_set_id: z.int() });

/**
 * Stores maps and predictions of some shards in one transaction. The rows of the shards are locked first: if two workers have the
 * same shard, the second waits, sees that it is done, and writes nothing.
 * @returns for each result whether it moved its shard
 */
export async function completeExplain(pool: pg.Pool, results: readonly ExplainResult[]): Promise<boolean[]> {
  // A shard whose maps were all stored before has none to store, and so no shape.
  for (const [{ mapSetId, mapShape }] of inOrder(
    results.filter(({ maps }) => maps.length > 0),
    ({ mapSetId, mapShape }) => `${mapSetId} ${mapShape.join()}`,
  ))
    await agreeOnShape(statementsOn(pool), mapSetId, mapShape);
  return inTransaction(pool, async (queries) => {
    const locked = await lockShards(queries, results);
    // If the worker of a failed shard finishes late, its results are kept for the next attempt. The shard stays failed.
    const storing = results.filter(({ shardId }) => isIn(locked.get(shardId), ['planned', 'failed']));
    for (const group of inOrder(storing, ({ mapSetId }) => mapSetId)) {
      const { mapSetId } = group[0];
      const shape = group.find(({ maps }) => maps.length > 0)?.mapShape ?? [];
      await insertMaps(queries, { mapSetId, shape, maps: group.flatMap(({ maps }) => maps) });
    }
    for (const group of inOrder(storing, ({ predictionSetId }) => predictionSetId))
      await insertPredictions(
        queries,
        group[0].predictionSetId,
        group.flatMap(({ predictions }) => predictions),
      );
    const moving = firstOfEach(storing.filter(({ shardId }) => isIn(locked.get(shardId), ['planned'])));
    const wanted = (set: (result: ExplainResult) => number): WantedSamples[] =>
      moving.map((result) => ({ set: set(result), ...rangeOf(locked.get(result.shardId)) }));
    await requireSamples(
      queries,
      'map',
      wanted(({ mapSetId }) => mapSetId),
    );
    await requireSamples(
      queries,
      'prediction',
      wanted(({ predictionSetId }) => predictionSetId),
    );
    await move(
      queries,
      toExplained,
      moving.map(({ maps, ...shard }) => ({ ...shard, computed: maps.length })),
    );
    return results.map((result) => moving.includes(result));
  });
}

/** Stores scores of some shards in one transaction, like `completeExplain`. */
export async function completeScore(pool: pg.Pool, results: readonly ScoreResult[]): Promise<boolean[]> {
  return inTransaction(pool, async (queries) => {
    const locked = await lockShards(queries, results);
    const storing = results.filter(({ shardId }) => isIn(locked.get(shardId), ['planned', 'explained', 'failed']));
    await insertScores(
      queries,
      storing.flatMap(({ scores }) => scores),
    );
    const moving = firstOfEach(storing.filter(({ shardId }) => !isIn(locked.get(shardId), ['failed'])));
    const sets = await scoreSetsOf(
      queries,
      moving.map(({ shardId }) => locked.get(shardId)?.evaluation_id ?? -1),
    );
    await requireSamples(
      queries,
      'score',
      moving.flatMap(({ shardId }) => {
        const shard = locked.get(shardId);
        return [...(sets.get(shard?.evaluation_id ?? -1) ?? [])].map((set) => ({ set, ...rangeOf(shard) }));
      }),
    );
    await move(queries, toScored, moving);
    return results.map((result) => moving.includes(result));
  });
}

const toExplained = Prisma.sql`
  "state" = 'explained', "explained_at" = clock_timestamp(), "claimed_until" = NULL, "maps_computed" = r."computed", "maps_reused" = r."reused"`;
const toScored = Prisma.sql`
  "state" = 'scored', "scored_at" = clock_timestamp(), "claimed_until" = NULL, "scores_computed" = r."computed", "scores_reused" = r."reused"`;

async function move(
  queries: Statements,
  change: typeof toExplained,
  shards: readonly { readonly shardId: number; readonly computed: number; readonly reused: number }[],
): Promise<void> {
  if (shards.length === 0) return;
  await queries.$executeRaw(Prisma.sql`
    UPDATE "shard" s SET ${change}
    FROM unnest(
      ${shards.map(({ shardId }) => shardId)}::bigint[],
      ${shards.map(({ computed }) => computed)}::integer[],
      ${shards.map(({ reused }) => reused)}::integer[]
    ) AS r ("id", "computed", "reused")
    WHERE s."id" = r."id"`);
}

/** Locks shards in the order of ids, so that two batches with the same shards never deadlock. */
async function lockShards(
  queries: Statements,
  results: readonly { readonly shardId: number }[],
): Promise<ReadonlyMap<number, LockedShard>> {
  const rows = await queryRows(
    queries,
    lockedSchema,
    Prisma.sql`
      SELECT s."id"::double precision AS "id", s."state", s."evaluation_id", s."sample_start", s."sample_end",
        (SELECT coalesce(e."order_id", e."choice_id") FROM "evaluation" e WHERE e."id" = s."evaluation_id") AS "choice_id"
      FROM "shard" s WHERE s."id" = ANY (${results.map(({ shardId }) => shardId)}::bigint[]) ORDER BY s."id" FOR NO KEY UPDATE OF s`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The score sets of evaluations, without repeats: settings that differ only in their divisor share one. */
async function scoreSetsOf(
  queries: Statements,
  evaluations: readonly number[],
): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const settings = await queryRows(
    queries,
    settingSchema,
    Prisma.sql`
      SELECT "evaluation_id", "score_set_id" FROM "evaluation_setting"
      WHERE "evaluation_id" = ANY (${[...new Set(evaluations)]}::integer[])`,
  );
  const sets = new Map<number, Set<number>>();
  for (const setting of settings)
    sets.set(setting.evaluation_id, (sets.get(setting.evaluation_id) ?? new Set()).add(setting.score_set_id));
  return sets;
}

function isIn(shard: LockedShard | undefined, states: readonly ShardState[]): boolean {
  return shard !== undefined && states.includes(shard.state);
}

function rangeOf(shard: LockedShard | undefined): Omit<WantedSamples, 'set'> {
  if (shard === undefined) throw new XaigridError('INTERNAL', 'A shard that was locked is not there.');
  return { start: shard.sample_start, end: shard.sample_end, choiceId: shard.choice_id ?? undefined };
}

function firstOfEach<Result extends { readonly shardId: number }>(results: readonly Result[]): Result[] {
  const seen = new Set<number>();
  return results.filter(({ shardId }) => !seen.has(shardId) && seen.add(shardId));
}

/** Groups in the order of their keys. Every writer uses this order, so writers never deadlock. */
function inOrder<Item>(items: readonly Item[], keyOf: (item: Item) => number | string): Group<Item>[] {
  return [...grouped(items, keyOf)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
