import { makeFolder } from '@xaigrid/contracts';

/**
 * Makes the folder of a store and its parents. Other users cannot list it. The user that a root process runs Postgres as must be
 * able to pass through it; its contents are closed to others anyway.
 * @throws the error of the system, as `makeFolder`
 */
export function makeStoreFolder(folder: string): Promise<void> {
  return makeFolder(folder, { mode: process.geteuid?.() === 0 ? 0o711 : 0o700 });
}
