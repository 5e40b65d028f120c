import { hostname } from 'node:os';
import { join } from 'node:path';
import { toXaigridError, type FileReference } from '@xaigrid/contracts';
import type { RunControl } from '@xaigrid/control';
import { createDriver, createLocalControl } from '@xaigrid/driving';
import { createMemoryQueue, type Consumer, type WorkQueue } from '@xaigrid/queue';
import {
  cacheFolder,
  createEngineSlots,
  createFileCache,
  createLogger,
  createModelsAndDatasets,
  defaultThreads,
  readEnvironment,
} from '@xaigrid/service';
import { createStore, embeddedPostgresState, startEmbeddedPostgres, type Store } from '@xaigrid/store';
import { giveBackWhenEnded } from './give-back.js';
import { serverFolder, storeNotFound, type Keeping } from './store-location.js';

export interface EmbeddedOptions {
  readonly keeping: Keeping;
  /** Whether to make a store if there is none. */
  readonly makeStore: boolean;
  /** Threads that compute; default one a core. */
  readonly threads?: number;
}

/** The three services in one process, on an in-memory queue and a real Postgres. */
export interface Embedded {
  readonly control: RunControl;
  readonly store: Store;
  readonly queue: WorkQueue;
  /** Where a stored file is on this machine. */
  readonly filePath: (file: FileReference) => Promise<string>;
  /** The folder of what can be made again. */
  readonly cache: string;
  /** Rejects when the disk of the store is full. Waiting would not help, as it may in a cluster. */
  readonly outOfRoom: Promise<never>;
  /** Starts computing. Without it the process only reads and writes the store. */
  startWorkers(): Promise<void>;
  /**
   * Finishes the current work, then stops computing and driving. Meanwhile everybody can see that the run is still attended to.
   */
  drain(runId: string): Promise<void>;
  /** Stops at once. Current work is lost and computed again later. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

interface OpenStore {
  readonly store: Store;
  readonly location: string;
  /** The folder where stored files are written when they are needed. */
  readonly cache: string;
  readonly closeServer: () => Promise<void>;
}

/** @throws STORE_NOT_FOUND if there is no store and none may be made */
async function openStore({ keeping, makeStore }: EmbeddedOptions): Promise<OpenStore> {
  const connection = { maxConnections: 8, connectTimeoutMs: 10_000, applicationName: 'xaigrid' };
  if ('databaseUrl' in keeping) {
    const { databaseUrl: url } = keeping;
    const store = await createStore({ url, ...connection });
    return { store, location: locationOf(url), cache: cacheFolder(), closeServer: () => Promise.resolve() };
  }
  const folder = serverFolder(keeping);
  if (!makeStore && (await embeddedPostgresState(folder)) === 'absent') throw storeNotFound(keeping);
  const givingBack = giveBackWhenEnded();
  const server = await startEmbeddedPostgres({ folder, signal: givingBack.signal }).catch((error: unknown) => {
    givingBack.dispose();
    throw error;
  });
  givingBack.hold(() => server.stop());
  const closeServer = (): Promise<void> => server.stop().finally(() => givingBack.dispose());
  try {
    const store = await createStore({ url: server.url, ...connection });
    const { XAIGRID_CACHE_DIR: cache = join(keeping.folder, 'cache') } = readEnvironment(['XAIGRID_CACHE_DIR'], []);
    return {
      store,
      location: `the embedded Postgres in ${keeping.folder}`,
      cache,
      closeServer,
    };
  } catch (error) {
    await closeServer();
    throw error;
  }
}

function locationOf(url: string): string {
  const { hostname: host, port, pathname } = new URL(url);
  return `Postgres at ${host}:${port || '5432'}${pathname}`;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { XAIGRID_DEVICES: devices } = readEnvironment(['XAIGRID_DEVICES'], []);
  const logger = await createLogger({ name: 'xaigrid', level: 'silent' });
  const { store, location, cache, closeServer } = await openStore(options);
  const queue = createMemoryQueue();
  const files = createFileCache({ folder: cache, artifacts: store.artifacts });
  const modelsAndDatasets = createModelsAndDatasets({ files });
  const count = options.threads ?? defaultThreads();
  const slots = createEngineSlots({ count, modelsAndDatasets, devices });
  // For questions, which do not wait for shards.
  const engines = createEngineSlots({ count: 1, modelsAndDatasets, devices });
  const driving = new AbortController();
  const driver = createDriver({ store, queue, logger, signal: driving.signal });
  const filePath = (file: FileReference): Promise<string> => files.pathOf(file);
  const workerName = `${hostname()}:${process.pid}`;
  const consumers: Consumer[] = [];
  let onOutage: (error: unknown) => void = () => undefined;
  const outOfRoom = new Promise<never>((_resolve, reject) => {
    onOutage = (error) => {
      const known = toXaigridError(error);
      if (known.code === 'FOLDER_UNWRITABLE') reject(known);
    };
  });
  // A process that does not compute does not wait for this promise.
  outOfRoom.catch(() => undefined);
  return {
    control: createLocalControl({
      store,
      queue,
      driver,
      modelsAndDatasets,
      engines,
      location,
      shareFiles: 'preferred',
      unattended: 'interrupted',
    }),
    store,
    queue,
    filePath,
    cache,
    outOfRoom,
    async startWorkers() {
      // Loaded here, because processes that only read the store do not need them.
      const [{ startExplainService }, { startScoreService }] = await Promise.all([
        import('@xaigrid/explainer-worker'),
        import('@xaigrid/metrics-worker'),
      ]);
      // One task more than there are slots: while it reads or commits, the others compute.
      const parts = { store, queue, logger, modelsAndDatasets, slots, filePath, workerName, concurrency: count + 1, onOutage };
      consumers.push(await startExplainService(parts), await startScoreService(parts));
    },
    async drain(runId) {
      const attending = await store.attend(runId, 'stopping');
      driving.abort();
      await Promise.all(consumers.map((consumer) => consumer.drain()));
      await driver.idle();
      await attending.release();
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
      await engines.close();
      await modelsAndDatasets.close();
      await queue.close();
      await store.close();
      await closeServer();
    },
  };
}
