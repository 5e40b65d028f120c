import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { bytesOfFloats } from './float-bytes.js';
import { Prisma, type Queries, type Statements } from './prisma.js';
import type { MapRow } from './store.js';

/**
 * Bytes of maps in one statement, each map a parameter of its own. Processor time of client and server, on connections of `pg`: 4 ms a
 * megabyte for maps of 200 KB; 9 when one parameter holds all of them and Postgres cuts it, 5 to 8 in a statement a map.
 */
const bytesPerStatement = 2 * 1024 * 1024;
/** Five parameters a map, and a statement has 65,535 at most. */
const rowsPerStatement = 2_000;

/** Adds maps that are not there yet; those that are stay as they are. In one order everywhere, so that writers never deadlock. */
export async function insertMaps(
  queries: Statements,
  set: { readonly mapSetId: number; readonly shape: readonly number[]; readonly maps: readonly MapRow[] },
): Promise<void> {
  const size = sizeOf(set.shape);
  const length = size * Float32Array.BYTES_PER_ELEMENT;
  const maps = set.maps.toSorted((a, b) => a.sampleIndex - b.sampleIndex);
  const wrong = maps.find((map) => map.data.length !== size);
  if (wrong !== undefined) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `The map of sample ${wrong.sampleIndex} has ${wrong.data.length} values; its shape [${set.shape.join(', ')}] needs ${size}.`,
    );
  }
  const perStatement = Math.min(rowsPerStatement, Math.max(1, Math.floor(bytesPerStatement / length)));
  for (let from = 0; from < maps.length; from += perStatement) {
    const rows = maps
      .slice(from, from + perStatement)
      .map(
        (map) =>
          Prisma.sql`(${set.mapSetId}::integer, ${map.sampleIndex}::integer, ${map.degenerate}::boolean, ${diagnosticsJson(map)}::jsonb, ${bytesOfFloats(map.data)}::bytea)`,
      );
    await queries.$executeRaw(Prisma.sql`
      INSERT INTO "map" ("map_set_id", "sample_index", "degenerate", "diagnostics", "data")
      VALUES ${Prisma.join(rows)}
      ON CONFLICT DO NOTHING`);
  }
}

function diagnosticsJson({ diagnostics }: MapRow): string {
  // JSON has no NaN and no infinity; they are kept in words.
  return JSON.stringify(diagnostics, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/**
 * Remembers the shape of a set's maps when its first map is stored. Outside the transaction that inserts the maps, so that no
 * two workers wait for each other's.
 * @throws SHAPE_MISMATCH when the set's maps have another shape
 */
export async function agreeOnShape(queries: Queries, mapSetId: number, shape: readonly number[]): Promise<void> {
  const read = (): Promise<{ shape: number[] } | null> =>
    queries.mapSet.findUnique({ where: { id: mapSetId }, select: { shape: true } });
  let stored = await read();
  if (stored?.shape.length === 0) {
    await queries.mapSet.updateMany({ where: { id: mapSetId, shape: { isEmpty: true } }, data: { shape: [...shape] } });
    stored = await read();
  }
  if (stored === null || stored.shape.join() === shape.join()) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `These maps have shape [${shape.join(', ')}], but the maps stored with the same key have [${stored.shape.join(', ')}].`,
  );
}
