import { hostname } from 'node:os';
import { resolve, join } from 'node:path';
import { toXaigridError } from '@xaigrid/contracts';
import { startExplainService } from '@xaigrid/explainer-worker';
import { startScoreService } from '@xaigrid/metrics-worker';
import { createDriver, createLocalControl, type RunControl } from '@xaigrid/orchestrator';
import { createMemoryQueue, type Consumer } from '@xaigrid/queue';
import {
  createEngineSlots,
  createFileCache,
  createLogger,
  createMaterials,
  defaultThreads,
  readEnvironment,
} from '@xaigrid/service';
import { createStore, startEmbeddedPostgres, type Store } from '@xaigrid/store';

export interface EmbeddedOptions {
  /** The folder of the embedded Postgres and the file cache: `.xaigrid`. */
  readonly folder: string;
  /** Threads that compute; default one a core. */
  readonly threads?: number;
}

/** The three services in one process, on an in-memory queue and a real Postgres. */
export interface Embedded {
  readonly control: RunControl;
  readonly store: Store;
  /** Rejects when the store has no room left: waiting would not help, as it may in a cluster. */
  readonly outOfRoom: Promise<never>;
  /** Starts computing. Without it the process only reads and writes the store. */
  startWorkers(): Promise<void>;
  /** Finishes what is in hand and stops computing and driving. */
  drain(): Promise<void>;
  /** Stops at once; what is in hand is lost and computed again later. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the store: the one at DATABASE_URL, or else the embedded Postgres under `folder`. */
async function openStore(folder: string): Promise<{ store: Store; place: string; closeServer: () => Promise<void> }> {
  const { DATABASE_URL: url } = readEnvironment(['DATABASE_URL'], []);
  const connection = { maxConnections: 8, connectTimeoutMs: 10_000, applicationName: 'xaigrid' };
  if (url !== undefined) {
    return { store: await createStore({ url, ...connection }), place: placeOf(url), closeServer: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  try {
    const store = await createStore({ url: server.url, ...connection });
    return { store, place: `the embedded Postgres in ${folder}`, closeServer: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function placeOf(url: string): string {
  const { hostname: host, port, pathname } = new URL(url);
  return `Postgres at ${host}:${port || '5432'}${pathname}`;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const folder = resolve(options.folder);
  const logger = await createLogger({ name: 'xaigrid', level: 'silent' });
  const { store, place, closeServer } = await openStore(folder);
  const queue = createMemoryQueue();
  const files = createFileCache({ folder: join(folder, 'cache'), artifacts: store.artifacts });
  const materials = createMaterials({ files });
  const count = options.threads ?? defaultThreads();
  const slots = createEngineSlots({ count, materials });
  const driving = new AbortController();
  const driver = createDriver({ store, queue, logger, signal: driving.signal });
  const workerName = `${hostname()}:${process.pid}`;
  const consumers: Consumer[] = [];
  let onOutage: (error: unknown) => void = () => undefined;
  const outOfRoom = new Promise<never>((_resolve, reject) => {
    onOutage = (error) => {
      const known = toXaigridError(error);
      if (known.code === 'FOLDER_UNWRITABLE') reject(known);
    };
  });
  // Whoever does not compute does not look at it.
  outOfRoom.catch(() => undefined);
  return {
    control: createLocalControl({ store, queue, driver, materials, place, shareFiles: 'preferred', unattended: 'interrupted' }),
    store,
    outOfRoom,
    async startWorkers() {
      // One task more than there are slots: while it reads or commits, the others compute.
      const parts = { store, queue, logger, materials, slots, workerName, concurrency: count + 1, onOutage };
      consumers.push(
        await startExplainService({ ...parts, filePath: (file) => files.pathOf(file) }),
        await startScoreService(parts),
      );
    },
    async drain() {
      driving.abort();
      await Promise.all(consumers.map((consumer) => consumer.drain()));
      await driver.idle();
    },
    async stop() {
      driving.abort();
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await driver.idle();
    },
    async close() {
      driving.abort();
      await Promise.all(consumers.map((consumer) => consumer.drain()));
      await driver.idle();
      await slots.close();
      await materials.close();
      await queue.close();
      await store.close();
      await closeServer();
    },
  };
}
