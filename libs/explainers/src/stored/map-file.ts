import { open } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';
import { float32Of, openNpyRows, readNpz, rowsOf, type ReadOptions } from '@xaigrid/tensor';

/** A file of maps, one a row. */
export interface MapFile {
  readonly shape: readonly number[];
  /** The values of rows `start` … `end − 1`, as float32 in C order. */
  read(start: number, end: number): Promise<Float32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** What every zip archive begins with. */
const ZIP_MAGIC = 'PK';

/**
 * Opens a .npy or .npz file, distinguished by their first bytes.
 *
 * @param options.name the file's name in messages.
 * @param options.key which array of a .npz file.
 * @throws MAPS_UNREADABLE
 */
export async function openMapFile(
  path: string,
  options: { readonly name: string; readonly key: string | undefined },
): Promise<MapFile> {
  const reading = { name: options.name, code: 'MAPS_UNREADABLE' } satisfies ReadOptions;
  if (await isZip(path)) return openArchive(path, options.key, reading);
  const rows = await openNpyRows(path, reading);
  return {
    shape: rows.shape,
    read: async (start, end) => float32Of(await rows.read(start, end)).data,
    close: () => rows.close(),
  };
}

async function openArchive(path: string, key: string | undefined, reading: ReadOptions): Promise<MapFile> {
  const archive = await readNpz(path, reading);
  const only = archive.keys.length === 1 ? archive.keys[0] : undefined;
  const chosen = key ?? only;
  if (chosen === undefined) {
    throw new XaigridError(
      'MAPS_UNREADABLE',
      `${reading.name} has several arrays. Choose one with "key": ${archive.keys.join(', ') || 'there are none'}.`,
    );
  }
  const maps = float32Of(archive.array(chosen));
  if (maps.shape.length === 0) throw new XaigridError('MAPS_UNREADABLE', `${reading.name} holds a single number, not rows.`);
  return {
    shape: maps.shape,
    read: (start, end) => Promise.resolve(rowsOf(maps, start, end).data),
    close: () => Promise.resolve(),
  };
}

async function isZip(path: string): Promise<boolean> {
  // If a file cannot be opened, openNpyRows reports the reason.
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(ZIP_MAGIC.length), 0, ZIP_MAGIC.length, 0);
    return bytesRead === ZIP_MAGIC.length && String.fromCharCode(...buffer) === ZIP_MAGIC;
  } catch {
    return false; // A folder opens but cannot be read.
  } finally {
    await file.close();
  }
}
