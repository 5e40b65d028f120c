import { XaigridError } from '@xaigrid/contracts';
import { sizeOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import type pg from 'pg';
import { z } from 'zod';
import type { Retry } from '../connection/retry.js';
import { countByKey, missingSamples } from '../samples/sample-sets.js';
import { firstOrThese, indicesAsked, rowsAskedText, samplesAsked } from '../samples/samples-asked.js';
import { copyOut } from '../sql/copy-out.js';
import { Prisma, type Database } from '../sql/prisma.js';
import { bytesSchema, queryRows } from '../sql/rows.js';
import type { MapRepository } from '../store.js';
import { unpackFloats } from './float-bytes.js';
import { diagnosticsSchema, readMapRecords } from './map-records.js';

/** The bytes of maps that one query fetches. */
const bytesPerQuery = 16 * 1024 * 1024;

const oneSchema = z.object({
  shape: z.array(z.int()),
  degenerate: z.boolean(),
  diagnostics: diagnosticsSchema,
  data: bytesSchema,
});

export function createMapRepository({
  database,
  pool,
  retry,
}: {
  readonly database: Database;
  readonly pool: pg.Pool;
  readonly retry: Retry;
}): MapRepository {
  const shapeOf = async (mapSetId: number): Promise<readonly number[]> => {
    const set = await database.mapSet.findUnique({ where: { id: mapSetId }, select: { shape: true } });
    return set?.shape ?? [];
  };

  /** Copies maps into `maps` and returns their flags. */
  const fill = async (mapSetId: number, indices: Int32Array<ArrayBuffer>, maps: Tensor): Promise<boolean[]> => {
    const [, ...shape] = maps.shape;
    const size = sizeOf(shape);
    const rowsPerQuery = Math.max(1, Math.floor(bytesPerQuery / (size * Float32Array.BYTES_PER_ELEMENT)));
    const flags: boolean[] = [];
    for (let from = 0; from < indices.length; from += rowsPerQuery) {
      const asked = samplesAsked(indices.slice(from, from + rowsPerQuery));
      const wanted = indicesAsked(asked);
      let found = 0;
      const rows = await copyOut(
        pool,
        `SELECT "sample_index", "degenerate", "data" FROM "whole_map"
         WHERE "map_set_id" = ${mapSetId} AND ${rowsAskedText(asked)} ORDER BY "sample_index"`,
      );
      for (const [sampleIndex, degenerate, data] of rows) {
        const next = wanted[found];
        if (!sampleIndex || !data || next === undefined || sampleIndex.readInt32BE() !== next) break;
        assertWhole(data, size, next);
        unpackFloats(data, maps.data, (from + found) * size);
        flags.push(degenerate?.[0] === 1);
        found += 1;
      }
      const lacking = wanted[found];
      if (lacking !== undefined) throw notStored(lacking);
    }
    return flags;
  };

  return {
    countStored: (keys, samples) => retry(() => countByKey(database, { table: 'map', keys, ...firstOrThese(samples) })),
    missing: (mapSetId, start, end, only) =>
      retry(() => missingSamples(database, { table: 'map', set: mapSetId, start, end, only })),
    read: (mapSetId, start, end, only) =>
      retry(async () => {
        const shape = await shapeOf(mapSetId);
        const indices = indicesAsked({ start, end, only });
        if (shape.length === 0) throw notStored(indices[0] ?? start);
        const maps = tensorOf(new Float32Array(indices.length * sizeOf(shape)), [indices.length, ...shape]);
        return { degenerate: await fill(mapSetId, indices, maps), maps };
      }),
    records: (mapSetId, start, end, only) => retry(() => readMapRecords(database, mapSetId, { start, end, only })),
    readOne: (mapSetId, sampleIndex) =>
      retry(async () => {
        const [row] = await queryRows(
          database,
          oneSchema,
          Prisma.sql`SELECT "shape", "degenerate", "diagnostics", "data" FROM "whole_map" m JOIN "map_set" s ON s."id" = m."map_set_id"
            WHERE "map_set_id" = ${mapSetId} AND "sample_index" = ${sampleIndex}`,
        );
        if (row === undefined) throw notStored(sampleIndex);
        const map = tensorOf(new Float32Array(sizeOf(row.shape)), row.shape);
        assertWhole(row.data, map.data.length, sampleIndex);
        unpackFloats(row.data, map.data, 0);
        return { map, degenerate: row.degenerate, diagnostics: row.diagnostics };
      }),
  };
}

/** Checks the size of a map: a shorter row would leave zeros, and a longer one would overwrite its neighbour. */
function assertWhole(data: Uint8Array, size: number, sampleIndex: number): void {
  const expected = size * Float32Array.BYTES_PER_ELEMENT;
  if (data.length === expected) return;
  throw new XaigridError(
    'INTERNAL',
    `The stored map of sample ${sampleIndex} is damaged: it has ${data.length} bytes, not ${expected}. Restore the database from a backup, or delete the row of table "map" and run the spec again.`,
  );
}

function notStored(sampleIndex: number): XaigridError {
  return new XaigridError('MAP_NOT_FOUND', `No map is stored for sample ${sampleIndex}.`);
}
