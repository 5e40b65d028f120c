import { XaigridError } from '@xaigrid/contracts';
import { sizeOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { unpackFloats } from './float-bytes.js';
import { diagnosticsSchema, readMapRecords } from './map-records.js';
import { Prisma, type Database } from './prisma.js';
import type { Retry } from './retry.js';
import { bytesSchema, queryRows } from './rows.js';
import { countByKey, missingSamples } from './sample-sets.js';
import type { MapRepository } from './store.js';

/** Bytes of maps fetched by one query: Postgres sends them as text, twice as long. */
const bytesPerQuery = 16 * 1024 * 1024;

const mapSchema = z.object({ sample_index: z.int(), degenerate: z.boolean(), data: bytesSchema });

export function createMapRepository(database: Database, retry: Retry): MapRepository {
  const shapeOf = async (mapSetId: number): Promise<readonly number[]> => {
    const set = await database.mapSet.findUnique({ where: { id: mapSetId }, select: { shape: true } });
    return set?.shape ?? [];
  };

  /** Copies the maps of a range into `maps`; returns their flags. */
  const fill = async (mapSetId: number, start: number, maps: Tensor): Promise<boolean[]> => {
    const [count = 0, ...shape] = maps.shape;
    const size = sizeOf(shape);
    const rowsPerQuery = Math.max(1, Math.floor(bytesPerQuery / (size * Float32Array.BYTES_PER_ELEMENT)));
    const degenerate: boolean[] = [];
    for (let from = start; from < start + count; from += rowsPerQuery) {
      const to = Math.min(from + rowsPerQuery, start + count);
      const rows = await queryRows(
        database,
        mapSchema,
        Prisma.sql`SELECT "sample_index", "degenerate", "data" FROM "map"
          WHERE "map_set_id" = ${mapSetId} AND "sample_index" >= ${from} AND "sample_index" < ${to} ORDER BY "sample_index"`,
      );
      for (const [offset, row] of rows.entries()) {
        if (row.sample_index !== from + offset) throw notStored(from + offset);
        assertWhole(row.data, size, row.sample_index);
        unpackFloats(row.data, maps.data, (row.sample_index - start) * size);
        degenerate.push(row.degenerate);
      }
      if (rows.length < to - from) throw notStored(from + rows.length);
    }
    return degenerate;
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
        const row = await database.map.findUnique({
          where: { mapSetId_sampleIndex: { mapSetId, sampleIndex } },
          include: { mapSet: { select: { shape: true } } },
        });
        if (row === null) throw notStored(sampleIndex);
        const map = tensorOf(new Float32Array(sizeOf(row.mapSet.shape)), row.mapSet.shape);
        assertWhole(row.data, map.data.length, sampleIndex);
        unpackFloats(row.data, map.data, 0);
        return { map, degenerate: row.degenerate, diagnostics: diagnosticsSchema.parse(row.diagnostics) };
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
