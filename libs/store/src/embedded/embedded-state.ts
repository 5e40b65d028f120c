import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from '@xaigrid/contracts';
import { clusterFolder } from './cluster.js';
import { isServerOf, readPostmaster } from './postmaster-file.js';

export type EmbeddedState = 'absent' | 'stopped' | 'running';

/** Whether a folder has data of an embedded Postgres, and whether a server runs on it. It creates and starts nothing. */
export async function embeddedPostgresState(folder: string): Promise<EmbeddedState> {
  const data = await realpath(join(clusterFolder(folder), 'data')).catch((error: unknown) => {
    if (isSystemError(error) && ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined;
    // It exists but cannot be read. Starting it will say why.
    return '';
  });
  if (data === undefined) return 'absent';
  const server = await readPostmaster(data);
  return server !== undefined && isServerOf(data, server.pid) ? 'running' : 'stopped';
}
