import type { ShardAtWork } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import { liveClaim } from './claims.js';

const atWorkSchema = z.object({
  ...{ worker: z.string(), stage: z.enum(['explain', 'score']), runId: z.string(), evaluation: z.int(), label: z.string() },
  ...{ samples: z.int(), attempt: z.int() },
});

/** The unfinished shards of a run that are searched. In the order of publication, those in progress are among the first. */
const SEARCHED = 5_000;

/** The shards of these runs that a worker has claimed and works on, by worker. */
export async function readShardsAtWork(queries: Statements, runIds: readonly string[], limit: number): Promise<ShardAtWork[]> {
  return queryRows(
    queries,
    atWorkSchema,
    Prisma.sql`
      SELECT s."worker" AS "worker", CASE s."state" WHEN 'planned' THEN 'explain' ELSE 'score' END AS "stage", s."run_id" AS "runId",
        e."ordinal" AS "evaluation", e."plan" ->> 'label' AS "label", s."sample_end" - s."sample_start" AS "samples",
        CASE s."state" WHEN 'planned' THEN s."explain_attempts" ELSE s."score_attempts" END AS "attempt"
      FROM unnest(${[...runIds]}::text[]) AS r ("id") CROSS JOIN LATERAL (
        SELECT * FROM "shard" o WHERE o."run_id" = r."id" AND o."state" IN ('planned', 'explained') ORDER BY o."id" LIMIT ${SEARCHED}::integer
      ) s JOIN "evaluation" e ON e."id" = s."evaluation_id"
      WHERE s."worker" IS NOT NULL AND ${liveClaim(Prisma.raw('s'))}
        -- The claim of a shard that was just explained lasts a while, but nobody scores it before its first attempt.
        AND CASE s."state" WHEN 'planned' THEN s."explain_attempts" ELSE s."score_attempts" END > 0
      ORDER BY s."worker", s."id" LIMIT ${limit}::integer`,
  );
}
