import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '@xaigrid/contracts';
import { clusterFolder } from './cluster.js';
import { isServerOf, readPostmaster } from './postmaster-file.js';

export type EmbeddedState = 'absent' | 'stopped' | 'running';

/** Whether there is data of an embedded Postgres in a folder, and a server at work on it. Makes nothing and starts nothing. */
export async function embeddedPostgresState(folder: string): Promise<EmbeddedState> {
  const data = await realpath(join(clusterFolder(folder), 'data')).catch((error: unknown) => {
    if (isSystemError(error) && ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined;
    // It is there, and may not be looked into: starting it says why.
    return '';
  });
  if (data === undefined) return 'absent';
  const server = await readPostmaster(data);
  return server !== undefined && isServerOf(data, server.pid) ? 'running' : 'stopped';
}
