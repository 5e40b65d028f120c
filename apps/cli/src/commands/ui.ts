import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { listenForShutdown, silentLogger, stayUntilAborted } from '@xaigrid/service';
import type { ControlOptions } from '../control-options.js';
import { openEmbedded } from '../embedded.js';
import { keepingOf } from '../store-location.js';
import type { Terminal } from '../terminal.js';

export interface UiOptions extends Pick<ControlOptions, 'store'> {
  readonly port?: number;
  readonly open: boolean;
}

/** The port of the page unless another is named. */
const PORT = 4890;

/**
 * `xaigrid ui`: serves the page over the store of this machine, on this machine only, until Ctrl-C. Runs that the page resumes
 * are computed by this process.
 * @throws STORE_NOT_FOUND, USAGE for a port that is taken
 */
export async function ui(terminal: Terminal, { port, open, store: named }: UiOptions): Promise<void> {
  const [{ createHttpServer, createStoreMetrics }, { createMendingTally }] = await Promise.all([
    import('@xaigrid/orchestrator'),
    import('@xaigrid/driving'),
  ]);
  // The queue is in memory: nothing of it is ever lost.
  const tally = createMendingTally();
  const shutdown = listenForShutdown();
  try {
    const embedded = await openEmbedded({
      keeping: await keepingOf({ ...(named === undefined ? {} : { store: named }) }),
      makeStore: false,
    });
    try {
      const { control, store, queue, cache, filePath } = embedded;
      await embedded.startWorkers();
      const app = await createHttpServer({
        ...{ control, artifacts: store.artifacts, queue, logger: silentLogger(), filePath },
        // Specs name files as those of `xaigrid run` do, from where the command was started.
        ...{ computesHere: true, specRoot: process.cwd() },
        pictures: { folder: join(cache, 'thumbnails') },
        metrics: { ...createStoreMetrics(store), mended: () => tally.read() },
      });
      try {
        const address = await app.listen({ host: '127.0.0.1', port: port ?? PORT }).catch((error: unknown) => {
          throw listenError(error, port);
        });
        terminal.data(`${address}\n`);
        terminal.note(`The page shows the runs in ${control.location}. Ctrl-C ends it.`);
        if (open) openBrowser(address);
        await stayUntilAborted(shutdown.drain);
      } finally {
        await app.close();
      }
    } finally {
      await embedded.stop();
      await embedded.close();
    }
  } finally {
    shutdown.dispose();
  }
}

function listenError(error: unknown, port: number | undefined): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const reason = code === 'EADDRINUSE' ? 'is taken, perhaps by another xaigrid ui' : 'needs rights that this user does not have';
  return new XaigridError('USAGE', `Port ${port ?? PORT} ${reason}. Name another one with --port, or --port 0 for any.`, {
    cause: error,
  });
}

/** Opens an address in the user's browser. Without one nothing happens: the address was printed. */
function openBrowser(address: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', address]
        : ['xdg-open', address];
  spawn(program, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
