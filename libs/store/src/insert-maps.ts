import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { packFloats } from './float-bytes.js';
import type { Queries } from './prisma.js';
import type { MapRow } from './store.js';

/**
 * Bytes of maps in one statement. All maps of a statement travel as one parameter, which Postgres cuts: 1000 maps of 160 bytes take
 * 25 ms, with Prisma's `createMany` 200 ms; 300 maps of 200 KB run at 60 MB/s either way.
 */
const bytesPerStatement = 2 * 1024 * 1024;

/** Adds maps that are not there yet; those that are stay as they are. In one order everywhere, so that writers never deadlock. */
export async function insertMaps(
  queries: Queries,
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
  const perStatement = Math.max(1, Math.floor(bytesPerStatement / length));
  for (let from = 0; from < maps.length; from += perStatement) {
    const part = maps.slice(from, from + perStatement);
    await queries.$executeRaw`
      INSERT INTO "map" ("map_set_id", "sample_index", "degenerate", "diagnostics", "data")
      SELECT ${set.mapSetId}::integer, m."index", m."degenerate", m."diagnostics"::jsonb,
        substring(${packFloats(part.map((map) => map.data))}::bytea FROM ((m."position" - 1) * ${length} + 1)::integer FOR ${length}::integer)
      FROM unnest(
        ${part.map((map) => map.sampleIndex)}::integer[],
        ${part.map((map) => map.degenerate)}::boolean[],
        ${part.map((map) => diagnosticsJson(map))}::text[]
      ) WITH ORDINALITY AS m ("index", "degenerate", "diagnostics", "position")
      ORDER BY m."index"
      ON CONFLICT DO NOTHING`;
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
