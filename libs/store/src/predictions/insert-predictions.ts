import { Prisma, type Statements } from '../sql/prisma.js';
import type { PredictionRow } from '../store.js';

/** Adds the predictions that are not stored yet. Every writer uses the same order, so writers never deadlock. */
export async function insertPredictions(
  queries: Statements,
  predictionSetId: number,
  predictions: readonly PredictionRow[],
): Promise<void> {
  if (predictions.length === 0) return;
  const rows = predictions.toSorted((a, b) => a.sampleIndex - b.sampleIndex);
  await queries.$executeRaw(Prisma.sql`
    INSERT INTO "prediction" ("prediction_set_id", "sample_index", "true_class", "true_classes", "predicted_class", "outputs")
    SELECT ${predictionSetId}::integer, p."index", p."true_class", p."true_classes"::integer[], p."predicted_class", p."outputs"::real[]
    FROM unnest(
      ${rows.map((row) => row.sampleIndex)}::integer[],
      ${rows.map((row) => row.label)}::integer[],
      ${rows.map(({ labelSet }) => (labelSet === undefined ? null : `{${labelSet.join(',')}}`))}::text[],
      ${rows.map((row) => firstLargest(row.outputs))}::integer[],
      ${rows.map((row) => `{${row.outputs.join(',')}}`)}::text[]
    ) AS p ("index", "true_class", "true_classes", "predicted_class", "outputs")
    ORDER BY p."index"
    ON CONFLICT DO NOTHING`);
}

function firstLargest(outputs: Float32Array): number {
  let best = 0;
  for (let index = 1; index < outputs.length; index += 1) {
    if ((outputs[index] ?? NaN) > (outputs[best] ?? NaN)) best = index;
  }
  return best;
}
