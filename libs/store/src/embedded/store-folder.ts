import { makeFolder } from '@xaigrid/contracts';

/**
 * Makes the folder of a store, and those above it: nobody else's to look into. The user that a root process runs Postgres as must get
 * through it; what is in it is closed to others by itself.
 * @throws what the system says, as `makeFolder`
 */
export function makeStoreFolder(folder: string): Promise<void> {
  return makeFolder(folder, { mode: process.geteuid?.() === 0 ? 0o711 : 0o700 });
}
