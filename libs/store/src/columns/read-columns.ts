import type pg from 'pg';
import { z } from 'zod';
import { copyOut } from '../sql/copy-out.js';
import { Prisma, type Statements } from '../sql/prisma.js';
import { bytesSchema, queryRows } from '../sql/rows.js';
import type { ColumnCache, ColumnValues } from './column-cache.js';
import { columnType, partsOf, type PackedSet } from './pack-columns.js';

/** A set whose columns are packed; without `columns` it is read from its rows. */
export interface ReadableSet {
  readonly set: PackedSet;
  readonly columns?: { readonly id: number; readonly parts: readonly number[] };
}

/** Some columns of a set. */
export interface WantedColumns {
  readonly of: ReadableSet;
  readonly names: readonly string[];
}

/** Reads columns of sets, part by part. */
export interface ColumnReader {
  /** The parts that a set has, ascending. */
  parts(set: ReadableSet): readonly number[];
  /** Reads all wanted columns of some parts, so that `values` gives them. Those of other parts are let go. */
  load(parts: readonly number[]): Promise<void>;
  /** A column of a part that was loaded; empty if the set has no rows there. */
  values(of: ReadableSet, name: string, part: number): ColumnValues;
}

const headerSchema = z.object({
  id: z.int(),
  score: z.int().nullable(),
  prediction: z.int().nullable(),
  parts: z.array(z.int()),
});

/** Which of these sets have packed columns. */
export async function readHeaders(queries: Statements, sets: readonly PackedSet[]): Promise<ReadableSet[]> {
  const idsOf = (kind: PackedSet['kind']): number[] => sets.flatMap((set) => (set.kind === kind ? [set.id] : []));
  const rows = await queryRows(
    queries,
    headerSchema,
    Prisma.sql`SELECT "id", "score_set_id" AS "score", "prediction_set_id" AS "prediction", "parts" FROM "column_set"
      WHERE "score_set_id" = ANY (${idsOf('score')}::integer[]) OR "prediction_set_id" = ANY (${idsOf('prediction')}::integer[])`,
  );
  return sets.map((set) => {
    const columns = rows.find((row) => row[set.kind] === set.id);
    return columns === undefined ? { set } : { set, columns };
  });
}

const rowPartSchema = z.object({ name: z.string(), part: z.int(), data: bytesSchema });

/**
 * Makes a reader of columns. Readers share a cache: a packed set never changes under its id. Sets that are not packed are read
 * from their rows, now and whole.
 */
export async function createColumnReader(
  { pool, queries, cache }: { readonly pool: pg.Pool; readonly queries: Statements; readonly cache: ColumnCache },
  wanted: readonly WantedColumns[],
): Promise<ColumnReader> {
  const unpacked = new Map<ReadableSet, ReadonlyMap<string, ColumnValues>>();
  const partsUnpacked = new Map<ReadableSet, readonly number[]>();
  for (const { of, names } of wanted) {
    if (of.columns !== undefined) continue;
    const rows = await queryRows(queries, rowPartSchema, partsOf(of.set, names));
    unpacked.set(of, new Map(rows.map(({ name, part, data }) => [`${name} ${part}`, numbersOf(name, data)])));
    partsUnpacked.set(
      of,
      [...new Set(rows.map(({ part }) => part))].sort((a, b) => a - b),
    );
  }
  let loaded = new Map<string, ColumnValues>();

  return {
    parts: (set) => set.columns?.parts ?? partsUnpacked.get(set) ?? [],
    async load(parts) {
      const next = new Map<string, ColumnValues>();
      const missing: string[] = [];
      for (const { of, names } of wanted) {
        if (of.columns === undefined) continue;
        for (const part of parts.filter((one) => of.columns?.parts.includes(one) === true))
          for (const name of names) {
            const key = keyOf(of.columns.id, name, part);
            const known = loaded.get(key) ?? cache.get(key);
            if (known !== undefined) next.set(key, known);
            else missing.push(`(${of.columns.id}, '${name}', ${part})`);
          }
      }
      if (missing.length > 0) {
        // COPY takes no parameters: numbers of ours, and names from the code.
        const rows = await copyOut(
          pool,
          `SELECT p."column_set_id", p."name", p."part", p."data" FROM (VALUES ${missing.join(', ')}) AS w ("id", "name", "part")
           JOIN "column_part" p ON p."column_set_id" = w."id" AND p."name" = w."name" AND p."part" = w."part"`,
        );
        for (const [id, name, part, data] of rows) {
          if (!id || !name || !part || !data) continue;
          const key = keyOf(id.readInt32BE(), name.toString(), part.readInt32BE());
          const values = numbersOf(name.toString(), data);
          cache.set(key, values);
          next.set(key, values);
        }
      }
      loaded = next;
    },
    values(of, name, part) {
      const known =
        of.columns === undefined ? unpacked.get(of)?.get(`${name} ${part}`) : loaded.get(keyOf(of.columns.id, name, part));
      return known ?? numbersOf(name, new Uint8Array());
    },
  };
}

function keyOf(id: number, name: string, part: number): string {
  return `${id} ${name} ${part}`;
}

/** The numbers in the bytes of a column; Postgres sends the highest byte first. */
function numbersOf(name: string, data: Uint8Array): ColumnValues {
  const bytes = new Uint8Array(data);
  const swapped = Buffer.from(bytes.buffer);
  switch (columnType(name)) {
    case 'byte':
      return bytes;
    case 'int4':
      swapped.swap32();
      return new Int32Array(bytes.buffer);
    case 'float4':
      swapped.swap32();
      return new Float32Array(bytes.buffer);
    case 'float8':
      swapped.swap64();
      return new Float64Array(bytes.buffer);
  }
}
