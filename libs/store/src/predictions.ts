import { XaigridError } from '@xaigrid/contracts';
import { tensorOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { Prisma, type Database } from './prisma.js';
import type { Retry } from './retry.js';
import { queryRows } from './rows.js';
import { missingSamples } from './sample-sets.js';
import type { PredictionRepository } from './store.js';

/** Outputs come as text: Postgres writes the shortest decimal that gives the same float32 again. */
const predictionSchema = z.object({ sample_index: z.int(), true_class: z.int(), outputs: z.string() });

export function createPredictionRepository(database: Database, retry: Retry): PredictionRepository {
  return {
    missing: (predictionSetId, start, end) =>
      retry(() => missingSamples(database, { table: 'prediction', set: predictionSetId, start, end })),
    read: (predictionSetId, start, end) =>
      retry(async () => {
        const rows = await queryRows(
          database,
          predictionSchema,
          Prisma.sql`SELECT "sample_index", "true_class", array_to_string("outputs", ',') AS "outputs" FROM "prediction"
            WHERE "prediction_set_id" = ${predictionSetId} AND "sample_index" >= ${start} AND "sample_index" < ${end} ORDER BY "sample_index"`,
        );
        const outputs = rows.map((row) => row.outputs.split(','));
        const classes = outputs[0]?.length ?? 0;
        const data = new Float32Array((end - start) * classes);
        const labels = new Int32Array(end - start);
        for (let offset = 0; offset < end - start; offset += 1) {
          const row = rows[offset];
          if (row?.sample_index !== start + offset) {
            throw new XaigridError(
              'MAP_NOT_FOUND',
              `No prediction is stored for sample ${start + offset} yet. \`xaigrid show RUN\` tells how far the run is.`,
            );
          }
          labels[offset] = row.true_class;
          data.set(outputs[offset]?.map(Number) ?? [], offset * classes);
        }
        return { outputs: tensorOf(data, [end - start, classes]), labels };
      }),
  };
}
