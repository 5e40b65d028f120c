import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile, LARGEST_ARTIFACT, makeFolder, XaigridError, type FileReference } from '@xaigrid/contracts';
import type { ArtifactRepository } from '@xaigrid/store';

/** Finds files by content on this machine. */
export interface FileCache {
  /**
   * The path of the file on this machine: where it was planned, in the cache, or fetched from the store now.
   * @throws ARTIFACT_MISSING
   */
  pathOf(file: FileReference): Promise<string>;
}

/**
 * Makes a cache of files by content. A file at its planned path is used only if it still has the planned hash. Any other file
 * comes from the store. It is kept under its hash, a name it gets only once it is complete and checked.
 */
export function createFileCache(options: { readonly folder: string; readonly artifacts: ArtifactRepository }): FileCache {
  const found = new Map<string, Promise<string>>();
  return {
    pathOf(file) {
      const known = found.get(file.sha256);
      if (known !== undefined) return known;
      const path = locate(file, options.folder, options.artifacts);
      found.set(file.sha256, path);
      path.catch(() => found.delete(file.sha256));
      return path;
    },
  };
}

async function locate(file: FileReference, folder: string, artifacts: ArtifactRepository): Promise<string> {
  if (file.path !== undefined && (await holds(file.path, file))) return file.path;
  const cached = join(folder, file.sha256.slice(0, 2), file.sha256);
  if (await holds(cached, file)) return cached;
  if (file.size > LARGEST_ARTIFACT) throw staysWhereItIs(file);
  await fetchTo(cached, file, artifacts);
  return cached;
}

function staysWhereItIs({ name, path, size }: FileReference): XaigridError {
  const gibibytes = (size / 1024 ** 3).toFixed(1);
  return new XaigridError(
    'ARTIFACT_MISSING',
    `${name} has ${gibibytes} GiB, too much for the store, and the planned version is not on this machine${path === undefined ? '' : ` at ${path}`}. Put it there for every worker, on a disk that they share.`,
  );
}

async function holds(path: string, file: FileReference): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() === true && status.size === file.size && (await hashFile(path)) === file.sha256;
}

async function fetchTo(path: string, file: FileReference, artifacts: ArtifactRepository): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    // Models and data of one user: no other user may read them.
    await makeFolder(dirname(path), { mode: 0o700 });
    const handle = await open(temporary, 'w');
    try {
      for await (const chunk of artifacts.chunks(file.sha256)) await handle.writeFile(chunk);
    } finally {
      await handle.close();
    }
    if (!(await holds(temporary, file))) {
      throw new XaigridError(
        'ARTIFACT_MISSING',
        `The stored copy of ${file.name} is damaged (its hash differs). Submit the run again from a machine that has the file.`,
      );
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof XaigridError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError(
      'FOLDER_UNWRITABLE',
      `${file.name} cannot be cached: ${reason}. Set XAIGRID_CACHE_DIR to a writable folder with free space.`,
      { cause: error },
    );
  }
}
