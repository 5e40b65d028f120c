import type { Accuracy } from '@xaigrid/contracts';
import { z } from 'zod';
import { isChosen } from '../samples/sample-choices.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

const accuracySchema = z.object({ evaluation: z.int(), samples: z.int(), right: z.int(), largest_class: z.int() });

/**
 * The accuracy by evaluation, if there are stored predictions of samples with one label. Evaluations with the same predictions
 * and samples are counted once. Outputs are not read.
 */
export async function readAccuracies(queries: Statements, runIds: readonly string[]): Promise<ReadonlyMap<number, Accuracy>> {
  const rows = await queryRows(
    queries,
    accuracySchema,
    Prisma.sql`
      WITH "taken" AS (
        SELECT e."id", e."prediction_set_id" AS "set", coalesce(e."sample_bound", e."samples") AS "bound", e."choice_id" AS "choice"
        FROM "evaluation" e WHERE e."run_id" = ANY (${[...runIds]}::text[])
      ), "class" AS (
        SELECT t."set", t."bound", t."choice", count(*) AS "samples",
          count(*) FILTER (WHERE p."predicted_class" = p."true_class") AS "right"
        FROM (SELECT DISTINCT "set", "bound", "choice" FROM "taken") t
        JOIN "prediction" p ON p."prediction_set_id" = t."set" AND p."sample_index" < t."bound" AND p."true_class" >= 0
          AND (t."choice" IS NULL OR ${isChosen(Prisma.sql`t."choice"`, Prisma.sql`p."sample_index"`)})
        GROUP BY t."set", t."bound", t."choice", p."true_class"
      )
      SELECT t."id" AS "evaluation", sum(c."samples")::integer AS "samples", sum(c."right")::integer AS "right", max(c."samples")::integer AS "largest_class"
      FROM "taken" t JOIN "class" c ON c."set" = t."set" AND c."bound" = t."bound" AND c."choice" IS NOT DISTINCT FROM t."choice"
      GROUP BY t."id"`,
  );
  return new Map(
    rows.map(({ evaluation, samples, right, largest_class: largestClass }) => [evaluation, { samples, right, largestClass }]),
  );
}
