import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { databaseFailure } from '../connection/database-error.js';
import { missingSamples } from '../samples/sample-sets.js';
import { boolean, jsonb, type CopyField } from '../sql/copy-rows.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { queryRows } from '../sql/rows.js';
import type { TransactionConnection } from '../sql/transaction.js';
import type { MapRow } from '../store.js';
import { bytesOfFloats } from './float-bytes.js';

/**
 * The bytes of maps in one COPY. If one takes long, its client is frozen or cut off; a process that it blocks ends it
 * (dead-connections.ts).
 */
const bytesPerCopy = 4 * 1024 * 1024;
/**
 * The most bytes in a row of `map_part`. A page has room for a row of 8160 bytes, of which 40 are the header, the key and the
 * length. Postgres would split a longer value into rows of 2 KB, each of which it adds and indexes by itself.
 */
const bytesPerPart = 8120;
/** SQLSTATE unique_violation. */
const THERE_ALREADY = '23505';

const shapeSchema = z.object({ shape: z.array(z.int()) });

/**
 * Adds the maps that are not stored yet; stored ones stay as they are. Every writer uses the same order, so writers never
 * deadlock.
 *
 * COPY takes a third less processor time, client and server together, than values that Postgres splits itself, and half of the
 * time of `INSERT … ON CONFLICT`. COPY cannot handle conflicts. But the caller has asked which maps are missing, so there is a
 * conflict only if another writer stored one since.
 */
export async function insertMaps(
  queries: TransactionConnection,
  set: { readonly mapSetId: number; readonly shape: readonly number[]; readonly maps: readonly MapRow[] },
): Promise<void> {
  const size = sizeOf(set.shape);
  const wrong = set.maps.find((map) => map.data.length !== size);
  if (wrong !== undefined) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `The map of sample ${wrong.sampleIndex} has ${wrong.data.length} values; its shape [${set.shape.join(', ')}] needs ${size}.`,
    );
  }
  // Shards that are stored together may share samples.
  const distinct = new Map(set.maps.map((map) => [map.sampleIndex, map]));
  const maps = [...distinct.values()].sort((a, b) => a.sampleIndex - b.sampleIndex);
  const perCopy = Math.max(1, Math.floor(bytesPerCopy / (size * Float32Array.BYTES_PER_ELEMENT)));
  for (let from = 0; from < maps.length; from += perCopy) {
    let wanted = maps.slice(from, from + perCopy);
    // It ends, because each round finds one more map that another writer has committed.
    while (wanted.length > 0 && !(await copyMaps(queries, set.mapSetId, wanted))) {
      const [start, end] = [wanted[0]?.sampleIndex ?? 0, (wanted.at(-1)?.sampleIndex ?? 0) + 1];
      const missing = new Set(await missingSamples(queries, { table: 'map', set: set.mapSetId, start, end }));
      wanted = wanted.filter(({ sampleIndex }) => missing.has(sampleIndex));
    }
  }
}

/** @returns false, with nothing changed, if one of the maps is stored already */
async function copyMaps(queries: TransactionConnection, mapSetId: number, maps: readonly MapRow[]): Promise<boolean> {
  try {
    await queries.copy(
      `SAVEPOINT "maps";
       COPY "map" ("map_set_id", "sample_index", "degenerate", "diagnostics", "data") FROM STDIN (FORMAT binary)`,
      rowsOf(mapSetId, maps),
    );
  } catch (error) {
    if (!databaseFailure(error).codes.has(THERE_ALREADY)) throw error;
    await queries.$executeRaw(Prisma.sql`ROLLBACK TO SAVEPOINT "maps"`);
    return false;
  }
  const large = maps.filter(isInParts);
  if (large.length === 0) {
    await queries.$executeRaw(Prisma.sql`RELEASE SAVEPOINT "maps"`);
  } else {
    await queries.copy(
      `RELEASE SAVEPOINT "maps";
       COPY "map_part" ("map_set_id", "sample_index", "part", "data") FROM STDIN (FORMAT binary)`,
      partsOf(mapSetId, large),
    );
  }
  return true;
}

function* rowsOf(mapSetId: number, maps: readonly MapRow[]): Generator<CopyField[]> {
  for (const map of maps) {
    const data = isInParts(map) ? null : bytesOfFloats(map.data);
    yield [mapSetId, map.sampleIndex, boolean(map.degenerate), jsonb(diagnosticsJson(map)), data];
  }
}

function* partsOf(mapSetId: number, maps: readonly MapRow[]): Generator<CopyField[]> {
  for (const map of maps) {
    const bytes = bytesOfFloats(map.data);
    for (let part = 0; part * bytesPerPart < bytes.length; part += 1) {
      yield [mapSetId, map.sampleIndex, part, bytes.subarray(part * bytesPerPart, (part + 1) * bytesPerPart)];
    }
  }
}

function isInParts({ data }: MapRow): boolean {
  return data.byteLength > bytesPerPart;
}

function diagnosticsJson({ diagnostics }: MapRow): string {
  // JSON has no NaN and no infinity. They are stored as words.
  return JSON.stringify(diagnostics, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/**
 * Notes the shape of a set's maps when its first map is stored. It is outside the transaction that inserts maps, so that no two
 * workers wait for each other's.
 * @throws SHAPE_MISMATCH if the set's maps have another shape
 */
export async function agreeOnShape(queries: Statements, mapSetId: number, shape: readonly number[]): Promise<void> {
  const read = (): Promise<{ shape: number[] }[]> =>
    queryRows(queries, shapeSchema, Prisma.sql`SELECT "shape" FROM "map_set" WHERE "id" = ${mapSetId}`);
  let [stored] = await read();
  if (stored?.shape.length === 0) {
    await queries.$executeRaw(
      Prisma.sql`UPDATE "map_set" SET "shape" = ${[...shape]}::integer[] WHERE "id" = ${mapSetId} AND "shape" = '{}'`,
    );
    [stored] = await read();
  }
  if (stored === undefined || stored.shape.join() === shape.join()) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `These maps have shape [${shape.join(', ')}], but the maps stored with the same key have [${stored.shape.join(', ')}].`,
  );
}
