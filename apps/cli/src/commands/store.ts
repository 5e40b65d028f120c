import { join, resolve } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { listenForShutdown, stayUntilAborted } from '@xaigrid/service';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import type { ControlOptions } from '../open-control.js';
import type { Terminal } from '../terminal.js';

/** `xaigrid store`: keeps the embedded Postgres up and prints its address, for psql and others, until Ctrl-C. */
export async function keepStore(terminal: Terminal, options: ControlOptions): Promise<void> {
  if (options.server !== undefined || (process.env.DATABASE_URL ?? '') !== '') {
    throw new XaigridError(
      'USAGE',
      'Only the embedded Postgres is started by xaigrid; with --server or DATABASE_URL ask your own.',
    );
  }
  const shutdown = listenForShutdown();
  try {
    const folder = join(resolve(options.store), 'postgres');
    const server = await startEmbeddedPostgres({ folder, signal: shutdown.drain });
    try {
      await bringUpToDate(server.url);
      terminal.data(`${server.url}\n`);
      terminal.note('The embedded Postgres is up; Ctrl-C stops it. The address holds its password.');
      await stayUntilAborted(shutdown.drain);
    } finally {
      await server.stop();
    }
  } finally {
    shutdown.dispose();
  }
}

/** A new store gets its tables; an older one, this version's. */
async function bringUpToDate(url: string): Promise<void> {
  const store = await createStore({ url, maxConnections: 1, connectTimeoutMs: 10_000, applicationName: 'xaigrid store' });
  await store.close();
}
