import type { MapRecord } from '@xaigrid/contracts';
import { z } from 'zod';
import { rowsAsked, type SamplesAsked } from '../samples/samples-asked.js';
import { Prisma, type Queries } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';

/** Numbers that JSON cannot write are stored as words. */
export const diagnosticsSchema = z.record(
  z.string(),
  z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]),
);

const recordSchema = z.object({ sampleIndex: z.int(), degenerate: z.boolean(), diagnostics: diagnosticsSchema });

/** The records of samples' maps, without their numbers. Samples without a map are left out. */
export function readMapRecords(queries: Queries, mapSetId: number, asked: SamplesAsked): Promise<MapRecord[]> {
  return queryRows(
    queries,
    recordSchema,
    Prisma.sql`SELECT "sample_index" AS "sampleIndex", "degenerate", "diagnostics" FROM "map"
      WHERE "map_set_id" = ${mapSetId} AND ${rowsAsked(asked)} ORDER BY "sample_index"`,
  );
}
