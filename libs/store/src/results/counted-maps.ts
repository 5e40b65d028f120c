import type { SumMissed } from '@xaigrid/contracts';
import { z } from 'zod';
import { isChosen } from '../samples/sample-choices.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';

/** By how much a map misses its sum. The index `map_sum_missed` has the same condition. */
const miss = Prisma.sql`(m."diagnostics" ->> 'additivityMiss')::double precision`;
const isMissed = Prisma.sql`${miss} > 0.01`;

/** The miss of a map `m` if it is large enough to report, otherwise NULL. */
export const sumMissed = Prisma.sql`CASE WHEN ${isMissed} THEN ${miss} END`;

const missedSchema = z.object({ evaluation: z.int(), samples: z.int(), largest: floatSchema });

/** By evaluation: maps that miss their sum. Evaluations without any are left out. Only these maps are read. */
export async function readSumsMissed(queries: Statements, runIds: readonly string[]): Promise<ReadonlyMap<number, SumMissed>> {
  const rows = await queryRows(
    queries,
    missedSchema,
    Prisma.sql`SELECT e."id" AS "evaluation", count(*)::integer AS "samples", max(${miss}) AS "largest" ${mapsOf(runIds, isMissed)}`,
  );
  return new Map(rows.map(({ evaluation, samples, largest }) => [evaluation, { samples, largest }]));
}

/** The condition of the index `map_undecided`. */
const isUndecided = Prisma.sql`(m."diagnostics" ->> 'undecidedFeatureMaps')::double precision > 0`;

const undecidedSchema = z.object({ evaluation: z.int(), samples: z.int() });

/** By evaluation: how many maps depend on rounding. Evaluations without any are left out. Only these maps are read. */
export async function readUndecided(queries: Statements, runIds: readonly string[]): Promise<ReadonlyMap<number, number>> {
  const rows = await queryRows(
    queries,
    undecidedSchema,
    Prisma.sql`SELECT e."id" AS "evaluation", count(*)::integer AS "samples" ${mapsOf(runIds, isUndecided)}`,
  );
  return new Map(rows.map(({ evaluation, samples }) => [evaluation, samples]));
}

/** By evaluation: the maps `m` of the samples of the evaluations `e` for which a condition holds. */
function mapsOf(runIds: readonly string[], holds: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    FROM "evaluation" e JOIN "map" m ON m."map_set_id" = e."map_set_id" AND m."sample_index" < coalesce(e."sample_bound", e."samples")
      AND ${holds} AND (e."choice_id" IS NULL OR ${isChosen(Prisma.sql`e."choice_id"`, Prisma.sql`m."sample_index"`)})
    WHERE e."run_id" = ANY (${[...runIds]}::text[])
    GROUP BY e."id"`;
}
