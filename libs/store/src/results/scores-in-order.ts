import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { bytesSchema, queryRows } from '../sql/rows.js';
import type { OrderedColumn } from '../store.js';
import { readRunScoreSets, type RunScoreSet } from './run-score-sets.js';
import { numbers, wholeNumbers, type ScoreColumn } from './score-stream.js';

const partSchema = z.object({ column: z.int(), positions: bytesSchema, values: bytesSchema });

/** The scores of each column by the positions of the samples in the order of its evaluation; NaN where there is none. */
export async function readScoresInOrder(
  queries: Statements,
  runId: string,
  columns: readonly OrderedColumn[],
): Promise<Float64Array<ArrayBuffer>[]> {
  const sets = new Map((await readRunScoreSets(queries, runId)).map((set) => [keyOf(set), set]));
  const found = columns.map((column): ScoreColumn => {
    const set = sets.get(keyOf(column));
    const position = 1 + (set?.measures.indexOf(column.measure) ?? -1);
    if (set === undefined || position === 0)
      throw new XaigridError('INTERNAL', `Run ${runId} has no ${column.measure} of evaluation ${column.evaluation}.`);
    return { set, position };
  });
  const column = (of: (column: ScoreColumn) => number): number[] => found.map(of);
  const parts = await queryRows(
    queries,
    partSchema,
    Prisma.sql`
      SELECT (c."column" - 1)::integer AS "column", string_agg(int4send(h."position"), ''::bytea) AS "positions",
        string_agg(float8send(coalesce(s."measures"[c."position"], 'NaN')), ''::bytea) AS "values"
      FROM unnest(
        ${column(({ set }) => set.scoreSetId)}::integer[], ${column(({ position }) => position)}::integer[],
        ${column(({ set }) => set.evaluationId)}::integer[]
      ) WITH ORDINALITY AS c ("set", "position", "evaluation", "column")
      JOIN "evaluation" e ON e."id" = c."evaluation"
      JOIN "chosen_sample" h ON h."choice_id" = e."order_id" AND h."position" < e."samples"
      JOIN "score" s ON s."score_set_id" = c."set" AND s."sample_index" = h."sample_index"
      GROUP BY c."column"`,
  );
  const values = found.map(({ set }) => new Float64Array(set.samples).fill(NaN));
  for (const part of parts) {
    const scores = numbers(part.values);
    for (const [at, position] of wholeNumbers(part.positions).entries()) {
      const target = values[part.column];
      if (target !== undefined) target[position] = scores[at] ?? NaN;
    }
  }
  return values;
}

function keyOf({
  evaluation,
  metric,
  scoredClass,
  setting,
}: Pick<RunScoreSet, 'evaluation' | 'metric' | 'setting'> & { readonly scoredClass: string | number }): string {
  return canonicalJson([evaluation, metric, String(scoredClass), setting]);
}
