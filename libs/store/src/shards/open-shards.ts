import { z } from 'zod';
import { Prisma, type Database } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import type { OpenShard, OpenShardQuery } from '../store.js';
import { liveClaim, rivalClaim } from './claims.js';

const openSchema = z.object({
  id: z.int(),
  evaluationId: z.int(),
  state: z.enum(['planned', 'explained']),
  attempts: z.int(),
  held: z.boolean(),
});

/** The shards that should be on the queue or with a worker, by ascending id. */
export async function readOpenShards(database: Database, runId: string, query: OpenShardQuery): Promise<OpenShard[]> {
  const { afterId, plannedTo, explainedTo, limit } = query;
  return queryRows(
    database,
    openSchema,
    Prisma.sql`
      SELECT s."id"::double precision AS "id", s."evaluation_id" AS "evaluationId", s."state"::text AS "state",
        CASE s."state" WHEN 'planned' THEN s."explain_attempts" ELSE s."score_attempts" END AS "attempts",
        ${liveClaim(Prisma.raw('s'))} OR s."state" = 'planned' AND ${rivalClaim} AS "held"
      FROM "shard" s JOIN "evaluation" e ON e."id" = s."evaluation_id"
      WHERE s."run_id" = ${runId} AND s."id" > ${afterId}::bigint AND s."id" <= ${Math.max(plannedTo, explainedTo)}::bigint
        AND (s."state" = 'planned' AND s."id" <= ${plannedTo}::bigint OR s."state" = 'explained' AND s."id" <= ${explainedTo}::bigint)
      ORDER BY s."id" LIMIT ${limit}::integer`,
  );
}
