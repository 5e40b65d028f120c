import { join, resolve } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { aborted, listenForShutdown } from '@xaigrid/service';
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
  const server = await startEmbeddedPostgres({ folder: join(resolve(options.store), 'postgres') });
  try {
    const store = await createStore({
      url: server.url,
      maxConnections: 1,
      connectTimeoutMs: 10_000,
      applicationName: 'xaigrid store',
    });
    terminal.data(`${server.url}\n`);
    terminal.note('The embedded Postgres is up; Ctrl-C stops it. The address holds its password.');
    await aborted(shutdown.drain);
    await store.close();
  } finally {
    await server.stop();
    shutdown.dispose();
  }
}
