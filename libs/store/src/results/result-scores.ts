import { select, selectionOf, XaigridError, type ScoreRow } from '@xaigrid/contracts';
import type pg from 'pg';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';
import { statementsOn } from '../sql/transaction.js';
import type { ScoreQuery } from '../store.js';
import { sumMissed } from './counted-maps.js';
import { readRunScoreSets, requireMeasures, type RunScoreSet } from './run-score-sets.js';
import { orderOf, readKeys, type ScoreKey } from './score-keys.js';

const scoreSchema = z.object({
  set: z.int(),
  sampleIndex: z.int(),
  trueClass: z.int(),
  trueClasses: z.array(z.int()).nullable(),
  predictedClass: z.int(),
  degenerate: z.boolean(),
  sumMissed: floatSchema.nullable(),
  /** As text, because the adapter does not recognise NaN and infinities in an array. */
  values: z.string(),
});

/**
 * One page of the scores of a run's samples, filtered and sorted. Keys alone determine the page; the shown values are read for
 * the page only. So the cost is that of the page and of the rows before it, not of all scores.
 * @throws USAGE if `sort` or `range` names no measure of the run, or of the selection
 */
export async function readScores(pool: pg.Pool, query: ScoreQuery): Promise<ScoreRow[]> {
  const queries = statementsOn(pool);
  const all = await readRunScoreSets(queries, query.runId);
  const by = orderOf(query.sort)?.by ?? 'sample';
  const sets = select(all, selectionOf(query), `Run ${query.runId}`);
  requireMeasures(all, sets, {
    subject: `Run ${query.runId}`,
    names: [by === 'sample' ? undefined : by.measure, query.range?.measure],
  });
  await requireSample(queries, sets, query);
  const keys = await readKeys(pool, sets, query);
  return readPage(queries, sets, keys.slice(query.offset));
}

/** @throws USAGE for a sample that none of the sets has */
async function requireSample(queries: Statements, sets: readonly RunScoreSet[], { sample, runId }: ScoreQuery): Promise<void> {
  if (sample === undefined || sets.some(({ samples, choice }) => choice === 0 && sample < samples)) return;
  const choices = [...new Set(sets.flatMap(({ choice }) => (choice === 0 ? [] : [choice])))];
  const found = await queryRows(
    queries,
    z.object({ found: z.boolean() }),
    Prisma.sql`SELECT true AS "found" FROM "chosen_sample" WHERE "choice_id" = ANY (${choices}::integer[]) AND "sample_index" = ${sample} LIMIT 1`,
  );
  if (found.length > 0) return;
  const most = sets.reduce((largest, set) => (set.samples > largest.samples ? set : largest));
  const has = most.choice === 0 ? `0 to ${most.samples - 1}` : `${most.samples} chosen ones; without --sample all are listed`;
  throw new XaigridError('USAGE', `Run ${runId} has no sample ${sample} there; its samples are ${has}.`);
}

async function readPage(queries: Statements, sets: readonly RunScoreSet[], keys: readonly ScoreKey[]): Promise<ScoreRow[]> {
  const column = (of: (set: RunScoreSet) => number): number[] => keys.map(({ set }) => of(nth(sets, set)));
  const rows = await queryRows(
    queries,
    scoreSchema,
    Prisma.sql`
      SELECT k."set", k."sample_index" AS "sampleIndex", p."true_class" AS "trueClass", p."true_classes" AS "trueClasses",
        p."predicted_class" AS "predictedClass",
        s."degenerate", ${sumMissed} AS "sumMissed", array_to_string(s."measures", ',') AS "values"
      FROM unnest(
        ${keys.map(({ set }) => set)}::integer[], ${column((set) => set.scoreSetId)}::integer[],
        ${column((set) => set.predictionSetId)}::integer[], ${column((set) => set.mapSetId)}::integer[],
        ${keys.map(({ sampleIndex }) => sampleIndex)}::integer[]
      ) WITH ORDINALITY AS k ("set", "score_set_id", "prediction_set_id", "map_set_id", "sample_index", "position")
      JOIN "score" s ON s."score_set_id" = k."score_set_id" AND s."sample_index" = k."sample_index"
      JOIN "prediction" p ON p."prediction_set_id" = k."prediction_set_id" AND p."sample_index" = k."sample_index"
      LEFT JOIN "map" m ON m."map_set_id" = k."map_set_id" AND m."sample_index" = k."sample_index"
      ORDER BY k."position"`,
  );
  return rows.map(({ set, values, trueClasses, sumMissed: missed, ...row }) => {
    const { evaluation, dataset, model, method, label, metric, scoredClass, setting, measures } = nth(sets, set);
    const numbers = values.split(',').map(Number);
    return {
      ...{ evaluation, dataset, model, method, label, metric, scoredClass, setting },
      ...row,
      ...(trueClasses === null ? {} : { trueClasses }),
      ...(missed === null ? {} : { sumMissed: missed }),
      measures: Object.fromEntries(measures.map((name, position) => [name, numbers[position] ?? NaN])),
    };
  });
}

function nth(sets: readonly RunScoreSet[], index: number): RunScoreSet {
  const set = sets[index];
  if (set === undefined) throw new XaigridError('INTERNAL', `A page of scores names set ${index}, which was not asked for.`);
  return set;
}
