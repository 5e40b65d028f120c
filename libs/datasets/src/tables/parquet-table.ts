import { open, type FileHandle } from 'node:fs/promises';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { z } from 'zod';
import { tableProblem, type Cell, type Table, type TableRow } from './table.js';

/** Loaded with the first Parquet file; no other module imports them. */
const library = async () => {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  return { parquetMetadataAsync, parquetReadObjects, parquetSchema, compressors };
};

/**
 * Opens a Parquet file, compressed in any of the format's ways. Rows are read a row group at a time.
 * @throws DATASET_UNREADABLE if it is none, breaks off, or has no columns
 */
export async function openParquetTable(path: string, { name }: { readonly name: string }): Promise<Table> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema, compressors } = await library();
  const metadata = await withFile(path, async (file) => {
    await requireWhole(file, name);
    return parquetMetadataAsync(file).catch((error: unknown) => {
      throw unreadable(name, error);
    });
  });
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  if (columns.length === 0) throw tableProblem(`${name} has no columns`);

  async function read(positions: readonly number[], rowStart: number, rowEnd: number): Promise<Cell[][]> {
    const wanted = [...new Set(positions.map((at) => columns[at] ?? ''))];
    const rows = await withFile(path, (file) =>
      parquetReadObjects({ file, metadata, columns: wanted, rowStart, rowEnd, compressors, utf8: false }),
    ).catch((error: unknown) => {
      throw unreadable(name, error);
    });
    return rows.map((row) => positions.map((at) => cellSchema.parse(row[columns[at] ?? ''])));
  }

  const pieces = groupsOf(metadata);
  return {
    name,
    columns,
    pieces,
    classNames: (position) => huggingFaceNames(metadata, columns[position] ?? ''),
    async *rows(positions, { start, end } = { start: 0, end: Infinity }) {
      for (const [first, after] of pieces) {
        const [from, to] = [Math.max(first, start), Math.min(after, end)];
        if (from >= to) continue;
        for (const [at, cells] of (await read(positions, from, to)).entries())
          yield { place: `row ${from + at}`, index: from + at, cells } satisfies TableRow;
      }
    },
  };
}

/** The rows of each row group: the first, and the one after the last. */
function groupsOf({ row_groups: groups }: FileMetaData): (readonly [number, number])[] {
  let first = 0;
  return groups.map(({ num_rows: rows }) => [first, (first += Number(rows))] as const);
}

const cellSchema = z.custom<Cell>();

const huggingFaceSchema = z.object({
  info: z.object({ features: z.record(z.string(), z.looseObject({ names: z.array(z.string()).optional() })) }),
});

/** The names of a ClassLabel, which the library datasets keeps in the metadata of its files. */
function huggingFaceNames({ key_value_metadata: entries = [] }: FileMetaData, column: string): readonly string[] | undefined {
  const text = entries.find(({ key }) => key === 'huggingface')?.value;
  if (text === undefined) return undefined;
  try {
    return huggingFaceSchema.parse(JSON.parse(text)).info.features[column]?.names;
  } catch {
    // Other features, or another version: then the spec has to say the names.
    return undefined;
  }
}

/** @throws DATASET_UNREADABLE for a file that does not begin and end as the format wants it */
async function requireWhole(file: AsyncBuffer, name: string): Promise<void> {
  const mark = async (start: number): Promise<string> => Buffer.from(await file.slice(start, start + 4)).toString('latin1');
  if (file.byteLength < 12 || (await mark(0)) !== 'PAR1') throw tableProblem(`${name} is not a Parquet file`);
  if ((await mark(file.byteLength - 4)) === 'PAR1') return;
  throw tableProblem(`${name} breaks off: a Parquet file ends with PAR1, and this one does not. Copy it again, as a whole`);
}

function unreadable(name: string, error: unknown) {
  const reason = error instanceof Error ? error.message : String(error);
  return tableProblem(`${name} is a damaged Parquet file, or one of a kind that is not read (${reason})`, { cause: error });
}

async function withFile<Result>(path: string, work: (file: AsyncBuffer) => Promise<Result>): Promise<Result> {
  const handle = await open(path);
  try {
    return await work(await bufferOf(handle));
  } finally {
    await handle.close();
  }
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size: byteLength } = await handle.stat();
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
}
