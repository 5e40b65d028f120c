import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import type { GarbageReport } from '@xaigrid/contracts';
import { setsLock } from './runs/create-run.js';
import { Prisma, transactionLimits, type Database, type Queries } from './sql/prisma.js';
import { countSchema, queryOne, queryRows } from './sql/rows.js';

const unusedMapSets = Prisma.sql`SELECT "id" FROM "map_set" m WHERE NOT EXISTS (SELECT FROM "evaluation" e WHERE e."map_set_id" = m."id")`;
const unusedPredictionSets = Prisma.sql`SELECT "id" FROM "prediction_set" p WHERE NOT EXISTS (SELECT FROM "evaluation" e WHERE e."prediction_set_id" = p."id")`;
const unusedScoreSets = Prisma.sql`SELECT "id" FROM "score_set" s WHERE NOT EXISTS (SELECT FROM "evaluation_setting" e WHERE e."score_set_id" = s."id")`;

/**
 * Artifacts that nothing needs. A file is stored before the run that needs it, so a file that was asked for within the last hour
 * stays. Plans name files by hash, in whatever field.
 */
const unusedArtifacts = Prisma.sql`
  SELECT "sha256" FROM "artifact"
  WHERE "used_at" < clock_timestamp() - interval '1 hour'
    AND "sha256" NOT IN (SELECT jsonb_path_query("plan", '$.**.sha256') #>> '{}' FROM "evaluation")`;

const mapsSchema = z.object({ shape: z.array(z.int()), maps: countSchema });
const reportSchema = z.object({
  mapSets: countSchema,
  predictionSets: countSchema,
  scoreSets: countSchema,
  artifacts: countSchema,
});

/** Counts and deletes the sets that no run refers to, and the artifacts that no plan names. No run can be created meanwhile. */
export async function collectGarbage(database: Database, { dryRun }: { readonly dryRun: boolean }): Promise<GarbageReport> {
  return database.$transaction(async (queries) => {
    await queries.$executeRaw`SELECT pg_advisory_xact_lock(${setsLock}::bigint)`;
    const report = await count(queries);
    if (!dryRun) await remove(queries);
    return report;
  }, transactionLimits);
}

async function count(queries: Queries): Promise<GarbageReport> {
  const counts = await queryOne(
    queries,
    reportSchema,
    Prisma.sql`
      SELECT
        (SELECT count(*) FROM (${unusedMapSets}) u) AS "mapSets",
        (SELECT count(*) FROM (${unusedPredictionSets}) u) AS "predictionSets",
        (SELECT count(*) FROM (${unusedScoreSets}) u) AS "scoreSets",
        (SELECT count(*) FROM (${unusedArtifacts}) u) AS "artifacts"`,
  );
  const sets = await queryRows(
    queries,
    mapsSchema,
    Prisma.sql`
      SELECT s."shape", count(*) AS "maps" FROM "map_set" s JOIN "map" ON "map_set_id" = s."id"
      WHERE s."id" IN (${unusedMapSets}) GROUP BY s."id"`,
  );
  const bytesOf = ({ shape, maps }: (typeof sets)[number]): number => maps * sizeOf(shape) * Float32Array.BYTES_PER_ELEMENT;
  return {
    ...counts,
    maps: sets.reduce((sum, { maps }) => sum + maps, 0),
    mapBytes: sets.reduce((sum, set) => sum + bytesOf(set), 0),
  };
}

async function remove(queries: Queries): Promise<void> {
  await queries.$executeRaw`DELETE FROM "score_set" WHERE "id" IN (${unusedScoreSets})`;
  await queries.$executeRaw`DELETE FROM "map_set" WHERE "id" IN (${unusedMapSets})`;
  await queries.$executeRaw`DELETE FROM "prediction_set" WHERE "id" IN (${unusedPredictionSets})`;
  await queries.$executeRaw`
    DELETE FROM "sample_choice" c WHERE NOT EXISTS (SELECT FROM "evaluation" e WHERE e."choice_id" = c."id" OR e."order_id" = c."id")`;
  await queries.$executeRaw`DELETE FROM "artifact" WHERE "sha256" IN (${unusedArtifacts})`;
}
