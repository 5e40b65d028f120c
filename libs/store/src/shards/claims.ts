import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

/**
 * How long a worker's claim on a shard's maps lasts without renewal, in milliseconds. A worker that died blocks others no longer
 * than this.
 */
export const CLAIM_MS = 60_000;

export const claimEnd = Prisma.sql`clock_timestamp() + ${CLAIM_MS}::integer * interval '1 millisecond'`;

/**
 * Whether a worker has claimed or renewed a claim on a shard within `CLAIM_MS`. An end further in the future comes from a clock
 * that has since been set back.
 */
export function liveClaim(shard: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(${shard}."claimed_until" > clock_timestamp() AND ${shard}."claimed_until" <= ${claimEnd}, false)`;
}

/** Whether a worker draws some of the maps of shard `s`, of evaluation `e`, for a shard of another evaluation. */
export const rivalClaim = Prisma.sql`
  EXISTS (
    SELECT FROM "evaluation" o JOIN "run" r ON r."id" = o."run_id" JOIN "shard" rival ON rival."evaluation_id" = o."id"
    WHERE o."map_set_id" = e."map_set_id" AND o."id" <> e."id" AND r."state" = 'running'
      -- Positions of different choices have nothing to do with each other: what they share may be drawn twice at the same time.
      AND coalesce(o."order_id", o."choice_id") IS NOT DISTINCT FROM coalesce(e."order_id", e."choice_id")
      AND rival."state" = 'planned' AND ${liveClaim(Prisma.raw('rival'))}
      -- From the last that begins at or before this shard: the unique index leads to the few that overlap.
      AND rival."sample_start" < s."sample_end" AND rival."sample_start" >= coalesce((
        SELECT max(f."sample_start") FROM "shard" f WHERE f."evaluation_id" = o."id" AND f."sample_start" <= s."sample_start"), 0)
      AND rival."sample_end" > s."sample_start")`;

/** The class of the advisory locks, one per map set, under which claims are made. */
const claimLocks = 72_707_371;

const sharedSchema = z.object({ shardId: z.int(), mapSetId: z.int() });

/**
 * Claims the maps of the shards that another evaluation of a running run needs too, for example if the same spec is submitted
 * twice. Other shards need no check and no lock. It holds a lock on each shared map set until the end of the transaction.
 * @returns the shards of whose maps a worker draws some for another shard
 */
export async function claimSharedMaps(queries: Statements, shardIds: readonly number[]): Promise<ReadonlySet<number>> {
  const refused = new Set<number>();
  const shared = await queryRows(
    queries,
    sharedSchema,
    Prisma.sql`
      SELECT s."id"::double precision AS "shardId", e."map_set_id" AS "mapSetId" FROM "shard" s JOIN "evaluation" e ON e."id" = s."evaluation_id"
      WHERE s."id" = ANY (${[...shardIds]}::bigint[]) AND EXISTS (
        SELECT FROM "evaluation" o JOIN "run" r ON r."id" = o."run_id"
        WHERE o."map_set_id" = e."map_set_id" AND o."id" <> e."id" AND r."state" = 'running')
      ORDER BY s."id"`,
  );
  // Every transaction uses the same order, so that no two batches wait for each other.
  for (const mapSetId of [...new Set(shared.map((shard) => shard.mapSetId))].sort((a, b) => a - b))
    await queries.$queryRaw(Prisma.sql`SELECT pg_advisory_xact_lock(${claimLocks}::integer, ${mapSetId}::integer)::text`);
  // One after the other: if two in this batch need the same maps, the second sees the claim of the first.
  for (const { shardId } of shared) {
    const claimed = await queries.$executeRaw(Prisma.sql`
      UPDATE "shard" s SET "claimed_until" = ${claimEnd}
      FROM "evaluation" e WHERE s."id" = ${shardId}::bigint AND e."id" = s."evaluation_id" AND NOT ${rivalClaim}`);
    if (claimed === 0) refused.add(shardId);
  }
  return refused;
}

/** Extends claims to `CLAIM_MS` from now. */
export async function renewClaims(queries: Statements, shardIds: readonly number[]): Promise<undefined[]> {
  await queries.$executeRaw(Prisma.sql`
    UPDATE "shard" s SET "claimed_until" = ${claimEnd} FROM unnest(${[...new Set(shardIds)].sort((a, b) => a - b)}::bigint[]) AS c ("id")
    WHERE s."id" = c."id" AND s."state" IN ('planned', 'explained')`);
  return shardIds.map(() => undefined);
}
