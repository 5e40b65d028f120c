import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { createCellReader } from '../../tables/row-cells.js';
import { columnAt, tableProblem, textOf, type Cell, type Table } from '../../tables/table.js';
import type { FoundImage } from '../pack-images.js';
import type { ImageListParameters } from './parameters.js';
import type { RowLabel } from './row-labels.js';

/** The rows of a table that are taken. */
export interface ImageRows {
  readonly images: readonly (FoundImage & { readonly row: number })[];
  readonly labels: readonly RowLabel[];
  /** Whether the table has the bytes of the images, and not their paths. */
  readonly bytes: boolean;
}

/**
 * Reads which images a table lists, and their labels. The images themselves are read later.
 * @param folder that paths are relative to
 * @throws DATASET_UNREADABLE for a column or split that is not there, a row without image, and an id that is given twice
 */
export async function readImageRows(table: Table, params: ImageListParameters, folder: string): Promise<ImageRows> {
  const { split, id } = params;
  const image = columnAt(table, params.image, 'image');
  const others = [columnAt(table, params.label, 'label')];
  if (split !== undefined) others.push(columnAt(table, split.column, 'split'));
  if (id !== undefined) others.push(columnAt(table, id, 'id'));
  const bytes = await hasBytes(table, image);
  const reader = createCellReader(table, image);
  const images: (FoundImage & { readonly row: number })[] = [];
  const labels: RowLabel[] = [];
  const seen = new Map<string, string>();
  const splits = new Set<string>();
  // Bytes are read when they are needed, and not all of them for their labels.
  for await (const { place, index, cells } of table.rows(bytes ? others : [...others, image])) {
    const splitText = split === undefined ? undefined : textOf(cells[1]);
    if (split !== undefined && splitText !== undefined && splitText !== String(split.take)) {
      splits.add(splitText);
      continue;
    }
    const where = `${table.name}, ${place}`;
    labels.push({ text: textOf(cells[0]), place: where });
    if (id !== undefined) requireNew(seen, textOf(cells[split === undefined ? 1 : 2]), { where, column: String(id) });
    images.push({
      row: index,
      ...(bytes ? imageOfBytes(reader, { row: index, where }) : imageAt(cells.at(-1), { folder, where })),
    });
  }
  if (images.length === 0) throw tableProblem(noRows(table, split, splits));
  return { images, labels, bytes };
}

function noRows(table: Table, split: ImageListParameters['split'], others: ReadonlySet<string>): string {
  if (split === undefined) return `${table.name} has names of columns, but no rows`;
  const found = [...others].slice(0, 12).map((one) => `"${one}"`);
  return `${table.name} has no row with "${split.take}" in column "${split.column}"; it has ${found.join(', ') || 'none at all'}`;
}

function requireNew(
  seen: Map<string, string>,
  id: string,
  { where, column }: { readonly where: string; readonly column: string },
): void {
  const before = seen.get(id);
  if (id === '') throw tableProblem(`${where} has no id in column "${column}"`);
  if (before !== undefined) throw tableProblem(`${where} has the id "${id}" in column "${column}", which ${before} has already`);
  seen.set(id, where);
}

/** Whether the first row has the bytes of an image. Only Parquet has bytes. */
async function hasBytes(table: Table, position: number): Promise<boolean> {
  if (table.pieces === undefined) return false;
  for await (const { cells } of table.rows([position], { start: 0, end: 1 })) return bytesIn(cells[0]).bytes !== undefined;
  return false;
}

/** Bytes, `{bytes, path}` as Hugging Face writes images, or text. */
function bytesIn(cell: Cell): { readonly bytes?: Uint8Array<ArrayBuffer>; readonly path?: string } {
  if (cell instanceof Uint8Array) return { bytes: Uint8Array.from(cell) };
  if (typeof cell !== 'object' || cell === null) return { path: textOf(cell) };
  const { bytes, path } = Object.fromEntries(Object.entries(cell)) as Readonly<Record<string, unknown>>;
  return {
    ...(bytes instanceof Uint8Array ? { bytes: Uint8Array.from(bytes) } : {}),
    ...(typeof path === 'string' ? { path } : {}),
  };
}

/** The bytes of an image in a cell. @throws DATASET_UNREADABLE if there are none */
function imageBytesIn(cell: Cell, where: string): Uint8Array<ArrayBuffer> {
  const { bytes } = bytesIn(cell);
  if (bytes === undefined || bytes.length === 0) throw tableProblem(`${where} has no bytes of an image`);
  return bytes;
}

function imageOfBytes(
  reader: (row: number) => Promise<Cell>,
  { row, where }: { readonly row: number; readonly where: string },
): FoundImage {
  return {
    place: where,
    part: async () => imageBytesIn(await reader(row), where),
    read: async () => ({ bytes: imageBytesIn(await reader(row), where), name: `row ${row}` }),
  };
}

function imageAt(cell: Cell, { folder, where }: { readonly folder: string; readonly where: string }): FoundImage {
  const path = bytesIn(cell).path ?? '';
  const absolute = resolve(folder, path);
  const name = relative(folder, absolute);
  return {
    place: `${path} (${where})`,
    part: absolute,
    async read() {
      if (path === '') throw tableProblem(`${where} has no path of an image`);
      await requireInside(folder, absolute, { path, where });
      const bytes = await readFile(absolute).catch((error: unknown) => {
        throw tableProblem(`The image ${path} (${where}) cannot be read: ${reasonOf(error)}`, { cause: error });
      });
      if (bytes.length === 0) throw tableProblem(`The image ${path} (${where}) is empty`);
      return { bytes: Uint8Array.from(bytes), name: name.split(sep).join('/') };
    },
  };
}

/** @throws DATASET_UNREADABLE if a path, or the link that it is, leads out of the folder */
async function requireInside(
  folder: string,
  absolute: string,
  { path, where }: { readonly path: string; readonly where: string },
): Promise<void> {
  const outside = (from: string, to: string): boolean => {
    const way = relative(from, to);
    return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
  };
  const problem = `The image ${path} (${where}) is not in ${folder}. Name with images the folder that all images are in`;
  if (outside(folder, absolute)) throw tableProblem(problem);
  const real = await realpath(absolute).catch(() => undefined);
  if (real !== undefined && outside(await realpath(folder), real)) throw tableProblem(problem);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EISDIR') return 'it is a folder';
  return error instanceof Error ? error.message : String(error);
}

/** The folder of the images, from that of the spec. */
export function imagesFolder({ path, images }: Pick<ImageListParameters, 'path' | 'images'>, baseFolder: string): string {
  return resolve(baseFolder, images ?? join(path, '..'));
}

/** Re-reads an image of bytes where the set was planned; undefined if the table has changed so much that it has none there. */
export async function localImage(
  table: Table,
  reader: (row: number) => Promise<Cell>,
  row: number,
): Promise<Uint8Array | undefined> {
  try {
    return imageBytesIn(await reader(row), `${table.name}, row ${row}`);
  } catch (error) {
    if (error instanceof XaigridError) return undefined;
    throw error;
  }
}
