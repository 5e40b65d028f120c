import { XaigridError } from '@xaigrid/contracts';
import { sizeOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import type pg from 'pg';
import { z } from 'zod';
import { copyOut } from './copy-out.js';
import { unpackFloats } from './float-bytes.js';
import { diagnosticsSchema, readMapRecords } from './map-records.js';
import { Prisma, type Database } from './prisma.js';
import type { Retry } from './retry.js';
import { bytesSchema, queryRows } from './rows.js';
import { countByKey, missingSamples } from './sample-sets.js';
import type { MapRepository } from './store.js';

/** Bytes of maps fetched by one query. */
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

  /** Copies the maps of a range into `maps`; returns their flags. */
  const fill = async (mapSetId: number, start: number, maps: Tensor): Promise<boolean[]> => {
    const [count = 0, ...shape] = maps.shape;
    const size = sizeOf(shape);
    const rowsPerQuery = Math.max(1, Math.floor(bytesPerQuery / (size * Float32Array.BYTES_PER_ELEMENT)));
    const flags: boolean[] = [];
    for (let from = start; from < start + count; from += rowsPerQuery) {
      const to = Math.min(from + rowsPerQuery, start + count);
      let next = from;
      const rows = await copyOut(
        pool,
        `SELECT "sample_index", "degenerate", "data" FROM "whole_map"
         WHERE "map_set_id" = ${mapSetId} AND "sample_index" >= ${from} AND "sample_index" < ${to} ORDER BY "sample_index"`,
      );
      for (const [sampleIndex, degenerate, data] of rows) {
        if (!sampleIndex || !data || sampleIndex.readInt32BE() !== next) break;
        assertWhole(data, size, next);
        unpackFloats(data, maps.data, (next - start) * size);
        flags.push(degenerate?.[0] === 1);
        next += 1;
      }
      if (next < to) throw notStored(next);
    }
    return flags;
  };

  return {
    countStored: (key, samples) => retry(() => countByKey(database, { table: 'map', key, samples })),
    missing: (mapSetId, start, end) => retry(() => missingSamples(database, { table: 'map', set: mapSetId, start, end })),
    read: (mapSetId, start, end) =>
      retry(async () => {
        const shape = await shapeOf(mapSetId);
        if (shape.length === 0) throw notStored(start);
        const maps = tensorOf(new Float32Array((end - start) * sizeOf(shape)), [end - start, ...shape]);
        return { degenerate: await fill(mapSetId, start, maps), maps };
      }),
    records: (mapSetId, start, end) => retry(() => readMapRecords(database, mapSetId, start, end)),
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

/** A shorter row would leave zeros, a longer one overwrite its neighbour. */
function assertWhole(data: Uint8Array, size: number, sampleIndex: number): void {
  const expected = size * Float32Array.BYTES_PER_ELEMENT;
  if (data.length === expected) return;
  throw new XaigridError(
    'INTERNAL',
    `The stored map of sample ${sampleIndex} is damaged: it has ${data.length} bytes, not ${expected}. Restore the database from a backup, or delete the row of table "map" and run the spec again.`,
  );
}

function notStored(sampleIndex: number): XaigridError {
  return new XaigridError(
    'MAP_NOT_FOUND',
    `No map is stored for sample ${sampleIndex} yet. \`xaigrid show RUN\` tells how far the run is.`,
  );
}
