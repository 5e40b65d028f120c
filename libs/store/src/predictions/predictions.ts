import { XaigridError } from '@xaigrid/contracts';
import { tensorOf, type StoredPredictions } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Retry } from '../connection/retry.js';
import { countSamples, missingSamples } from '../samples/sample-sets.js';
import { indicesAsked, rowsAsked, type SamplesAsked } from '../samples/samples-asked.js';
import { Prisma, type Database } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import type { PredictionRepository } from '../store.js';

/** Outputs are read as text: Postgres writes the shortest decimal that gives the same float32. */
const predictionSchema = z.object({
  ...{ sample_index: z.int(), true_class: z.int(), outputs: z.string() },
  true_classes: z.array(z.int()).nullable(),
});

export function createPredictionRepository(database: Database, retry: Retry): PredictionRepository {
  const stored = async (predictionSetId: number, asked: SamplesAsked): Promise<StoredPredictions> => {
    const rows = await queryRows(
      database,
      predictionSchema,
      Prisma.sql`SELECT "sample_index", "true_class", "true_classes", array_to_string("outputs", ',') AS "outputs" FROM "prediction"
        WHERE "prediction_set_id" = ${predictionSetId} AND ${rowsAsked(asked)} ORDER BY "sample_index"`,
    );
    const classes = rows[0]?.outputs.split(',').length ?? 0;
    const data = new Float32Array(rows.length * classes);
    for (const [row, { outputs }] of rows.entries()) data.set(outputs.split(',').map(Number), row * classes);
    const sets = rows.flatMap((row) => (row.true_classes === null ? [] : [Int32Array.from(row.true_classes)]));
    return {
      ...(sets.length === 0 ? {} : { labelSets: sets }),
      sampleIndices: Int32Array.from(rows, (row) => row.sample_index),
      labels: Int32Array.from(rows, (row) => row.true_class),
      outputs: tensorOf(data, [rows.length, classes]),
    };
  };

  return {
    missing: (predictionSetId, start, end, only) =>
      retry(() => missingSamples(database, { table: 'prediction', set: predictionSetId, start, end, only })),
    count: (predictionSetId, start, end, only) =>
      retry(() => countSamples(database, { table: 'prediction', set: predictionSetId, start, end, only })),
    stored: (predictionSetId, start, end, only) => retry(() => stored(predictionSetId, { start, end, only })),
    async read(predictionSetId, start, end, only) {
      const { sampleIndices, ...predictions } = await retry(() => stored(predictionSetId, { start, end, only }));
      for (const [row, sampleIndex] of indicesAsked({ start, end, only }).entries()) {
        if (sampleIndices[row] === sampleIndex) continue;
        throw new XaigridError('MAP_NOT_FOUND', `No prediction is stored for sample ${sampleIndex}.`);
      }
      return predictions;
    },
  };
}
