import { didYouMean, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

const scoreSetSchema = z.object({
  evaluationId: z.int(),
  evaluation: z.int(),
  settingOrdinal: z.int(),
  scoreSetId: z.int(),
  predictionSetId: z.int(),
  mapSetId: z.int(),
  samples: z.int(),
  /** The choice of samples; 0 if they are the first ones. */
  choice: z.int(),
  runId: z.string(),
  dataset: z.string(),
  /** Sample indices of data sets with the same fingerprint mean the same samples. */
  datasetFingerprint: z.string(),
  model: z.string(),
  method: z.string(),
  label: z.string(),
  engine: z.string(),
  metric: z.string(),
  /** Scores of two versions of a metric are not of one kind. */
  version: z.int(),
  scoredClass: z.string(),
  setting: z.record(z.string(), z.unknown()),
  measures: z.array(z.string()),
  aggregates: z.array(z.string()),
  /** Whether its samples have sets of labels. */
  labelSets: z.boolean(),
});

/** One setting of one evaluation: where its scores are, and what all its rows show. */
export type RunScoreSet = z.infer<typeof scoreSetSchema>;

/**
 * The settings of a run's evaluations, in order. Settings that differ only in their divisor have the same scores and are listed
 * once.
 */
export function readRunScoreSets(queries: Statements, runId: string): Promise<RunScoreSet[]> {
  return queryRows(
    queries,
    scoreSetSchema,
    Prisma.sql`
      -- A plan is long: it is opened once an evaluation, not once a setting.
      WITH o AS MATERIALIZED (
        SELECT v.*, e."plan" #>> '{dataset,fingerprint}' AS "datasetFingerprint",
          coalesce(e."plan" #>> '{dataset,labelSets}' = 'true', false) AS "labelSets"
        FROM "evaluation_overview" v JOIN "evaluation" e ON e."id" = v."evaluation_id"
        WHERE v."run_id" = ${runId}
      )
      SELECT o."run_id" AS "runId", o."evaluation_id" AS "evaluationId", o."evaluation", es."ordinal" AS "settingOrdinal", ss."id" AS "scoreSetId",
        o."prediction_set_id" AS "predictionSetId", o."map_set_id" AS "mapSetId", o."planned" AS "samples", coalesce(o."choice_id", 0) AS "choice", o."dataset", o."model", o."method", o."label", o."engine",
        ss."metric", ss."version", ss."scored_class" AS "scoredClass", ss."setting", ss."measure_names" AS "measures", ss."aggregates",
        o."datasetFingerprint", o."labelSets"
      FROM o
      JOIN "evaluation_setting" es ON es."evaluation_id" = o."evaluation_id"
      JOIN "score_set" ss ON ss."id" = es."score_set_id"
      WHERE NOT EXISTS (
        SELECT FROM "evaluation_setting" b
        WHERE b."evaluation_id" = es."evaluation_id" AND b."score_set_id" = es."score_set_id" AND b."ordinal" < es."ordinal")
      ORDER BY o."evaluation", es."ordinal"`,
  );
}

/** The same of several runs, one after the other. */
export async function readScoreSetsOf(queries: Statements, runIds: readonly string[]): Promise<RunScoreSet[]> {
  const sets: RunScoreSet[] = [];
  for (const runId of runIds) sets.push(...(await readRunScoreSets(queries, runId)));
  return sets;
}

/** `Run a`, `None of runs a, b`: what a message says has not what was named. */
export function runsInWords(runIds: readonly string[]): string {
  return runIds.length === 1 ? `Run ${runIds.join()}` : `None of runs ${runIds.join(', ')}`;
}

/**
 * Checks the names of measures.
 * @param chosen the selected sets
 * @throws USAGE if a name is not a measure of these sets, or not of any chosen set
 */
export function requireMeasures(
  sets: readonly RunScoreSet[],
  chosen: readonly RunScoreSet[],
  { subject, names }: { readonly subject: string; readonly names: readonly (string | undefined)[] },
): void {
  const known = [...new Set(sets.flatMap((set) => set.measures))].sort();
  const unknown = names.find((name) => name !== undefined && !known.includes(name));
  if (unknown !== undefined)
    throw new XaigridError(
      'USAGE',
      `${subject} has no measure "${unknown}".${didYouMean(unknown, known)} Its measures: ${known.join(', ')}.`,
    );
  const leftOut = names.find((name) => name !== undefined && !chosen.some(({ measures }) => measures.includes(name)));
  if (leftOut === undefined) return;
  const metrics = [...new Set(sets.flatMap(({ measures, metric }) => (measures.includes(leftOut) ? [metric] : [])))];
  throw new XaigridError(
    'USAGE',
    `The measure "${leftOut}" is of the metric ${metrics.join(' and ')}, of which nothing is chosen here. Choose that metric, or a measure of one that is.`,
  );
}
