import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';

/** A file that describes the regions of one image. */
export interface RegionFile {
  /** Relative to the folder: `class/001.png` or `001.png`. */
  readonly name: string;
  readonly path: string;
}

/**
 * The files with this extension in a folder and in the folders in it, sorted by code points.
 * @throws DATASET_UNREADABLE if the folder cannot be read or has no such file, and for links
 */
export async function findRegionFiles(folder: string, extension: string): Promise<RegionFile[]> {
  const found: RegionFile[] = [];
  const take = async (within: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(join(folder, within), folder)) {
      const name = within === '' ? entry.name : `${within}/${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      if (entry.isSymbolicLink()) throw regionProblem(`${name} in ${folder} is a link. Replace it with a copy, or remove it`);
      if (entry.isDirectory() && depth === 0) await take(name, 1);
      else if (entry.isFile() && entry.name.toLowerCase().endsWith(extension)) found.push({ name, path: join(folder, name) });
    }
  };
  await take('', 0);
  if (found.length === 0) throw regionProblem(`${folder} has no ${extension} file in it, nor in a folder in it`);
  return found;
}

async function entriesOf(path: string, folder: string): Promise<Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw regionProblem(`The folder of regions ${folder} cannot be read (${reasonOf(error)}). Check the path in the spec`, error);
  });
  return entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** The bytes of a file of regions. */
export async function readRegionFile(path: string, mostBytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes)
      throw regionProblem(
        `${path} has ${Math.ceil(size / 2 ** 20)} MiB; at most ${Math.floor(mostBytes / 2 ** 20)} MiB are read`,
      );
    return await readFile(path);
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    throw regionProblem(`${path} cannot be read (${reasonOf(error)}). Check the path in the spec`, error);
  }
}

export function regionProblem(problem: string, cause?: unknown): XaigridError {
  return new XaigridError('DATASET_UNREADABLE', `${problem}.`, { cause });
}

export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'ENOTDIR') return 'it is no folder';
  return error instanceof Error ? error.message : String(error);
}
