import { access, constants, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { isSystemError, makeFolder } from '@xaigrid/contracts';
import { folderUnwritable } from './folder-errors.js';

/**
 * Makes the folder of a store and its parents. Other users cannot list it. The user that a root process runs Postgres as must be
 * able to pass through it; its contents are closed to others anyway.
 * @throws the error of the system, as `makeFolder`
 */
export function makeStoreFolder(folder: string): Promise<void> {
  return makeFolder(folder, { mode: process.geteuid?.() === 0 ? 0o711 : 0o700 });
}

/**
 * Checks whether a store could be made in a folder that may not exist yet: whether we may write to it, or to the nearest folder
 * above it. Makes nothing.
 * @throws FOLDER_UNWRITABLE, as making the store would
 */
export async function assertStoreCanBeMade(folder: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      // Of a file, this fails with ENOTDIR.
      await stat(`${at}${sep}.`);
      await access(at, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'ENOENT' || dirname(at) === at) throw folderUnwritable(folder, error);
    }
  }
}
