import type { RunProgress } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Database } from '../sql/prisma.js';
import { countSchema, queryRows } from '../sql/rows.js';

const rowSchema = z.object({
  id: z.string(),
  ...{ samples: countSchema, explained: countSchema, scored: countSchema, failed: countSchema },
  ...{ total: countSchema, open: countSchema, computed: countSchema },
});

/**
 * The progress of runs, by id. It reads a few rows per run, however many shards the run has. A run that is not stored is at 0 of
 * 0.
 */
export async function readProgress(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, RunProgress>> {
  const rows = await queryRows(
    database,
    rowSchema,
    Prisma.sql`
      SELECT r."id", coalesce(sum("samples_planned" + "samples_explained" + "samples_scored" + "samples_failed"), 0)::bigint AS "samples",
        coalesce(sum("samples_explained" + "samples_scored"), 0)::bigint AS "explained",
        coalesce(sum("samples_scored"), 0)::bigint AS "scored", coalesce(sum("samples_failed"), 0)::bigint AS "failed",
        coalesce(sum("work_total"), 0)::bigint AS "total", coalesce(sum("work_open"), 0)::bigint AS "open",
        coalesce(sum("work_computed"), 0)::bigint AS "computed"
      FROM unnest(${[...ids]}::text[]) AS r ("id") LEFT JOIN "run_progress" p ON p."run_id" = r."id" GROUP BY r."id"`,
  );
  return new Map(rows.map(({ id, total, open, computed, ...samples }) => [id, { ...samples, work: { total, open, computed } }]));
}
