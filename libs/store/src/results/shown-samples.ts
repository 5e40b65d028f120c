import { grouped, type ListedSample } from '@xaigrid/contracts';
import { z } from 'zod';
import { Prisma, type Statements } from '../sql/prisma.js';
import { floatSchema, queryRows } from '../sql/rows.js';
import type { RunScoreSet } from './run-score-sets.js';
import { disagreements } from './sample-disagreement.js';
import { positionIn, type Subject } from './sample-subject.js';

const predictionSchema = z.object({
  ...{ sampleIndex: z.int(), trueClass: z.int(), trueClasses: z.array(z.int()).nullable(), predictedClass: z.int() },
  confidence: floatSchema,
});
const scoreSchema = z.object({ sampleIndex: z.int(), set: z.int(), value: floatSchema, degenerate: z.boolean() });

/** The samples of a page with all that is shown of them. */
export async function readShown(
  queries: Statements,
  { by, sets, compared, measure }: Subject,
  samples: readonly number[],
): Promise<ListedSample[]> {
  if (samples.length === 0) return [];
  const predictions = await queryRows(
    queries,
    predictionSchema,
    Prisma.sql`
      SELECT p."sample_index" AS "sampleIndex", p."true_class" AS "trueClass", p."true_classes" AS "trueClasses",
        p."predicted_class" AS "predictedClass", coalesce(p."outputs"[p."predicted_class" + 1], 'NaN')::double precision AS "confidence"
      FROM unnest(${[...samples]}::integer[]) WITH ORDINALITY AS w ("sample_index", "position")
      JOIN "prediction" p ON p."prediction_set_id" = ${by.predictionSetId} AND p."sample_index" = w."sample_index"
      ORDER BY w."position"`,
  );
  const scores = await queryRows(
    queries,
    scoreSchema,
    Prisma.sql`
      SELECT s."sample_index" AS "sampleIndex", (w."set" - 1)::integer AS "set", coalesce(s."measures"[w."measure"], 'NaN') AS "value", s."degenerate"
      FROM unnest(${sets.map(({ scoreSetId }) => scoreSetId)}::integer[], ${sets.map((set) => positionIn(set, measure))}::integer[])
        WITH ORDINALITY AS w ("score_set_id", "measure", "set")
      JOIN "score" s ON s."score_set_id" = w."score_set_id" AND s."sample_index" = ANY (${[...samples]}::integer[])`,
  );
  const bySample = grouped(scores, ({ sampleIndex }) => sampleIndex);
  return predictions.map(({ trueClasses, ...prediction }) => {
    const own = (bySample.get(prediction.sampleIndex) ?? []).toSorted((a, b) => a.set - b.set);
    const of = (set: RunScoreSet) => [own.find((score) => sets[score.set] === set)?.value ?? NaN];
    const [disagreement = NaN] = disagreements(1, compared.map(of));
    return {
      ...prediction,
      ...(trueClasses === null ? {} : { trueClasses }),
      ...(Number.isNaN(disagreement) ? {} : { disagreement }),
      scores: own.map(({ set, value, degenerate }) => ({ evaluation: sets[set]?.evaluation ?? 0, value, degenerate })),
    };
  });
}
