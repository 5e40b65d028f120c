import { hostname } from 'node:os';
import type { FileReference } from '@xaigrid/contracts';
import type { Consumer, WorkQueue } from '@xaigrid/queue';
import type { Store } from '@xaigrid/store';
import { connectionVariables, connectQueue, connectStore } from './connections.js';
import { createEngineSlots, type EngineSlots } from './engine-slots.js';
import { defaultThreads, readEnvironment } from './environment.js';
import { createFileCache } from './file-cache.js';
import { createLogger, type Logger } from './logger.js';
import { createModelsAndDatasets, type ModelsAndDatasets } from './models-and-datasets.js';
import { runProcess } from './process.js';
import { aborted, type Shutdown } from './shutdown.js';
import { untilReachable } from './until-reachable.js';
import { cacheFolder } from './user-folders.js';

/** What a worker's service needs to do its work. */
export interface WorkerParts {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly logger: Logger;
  readonly modelsAndDatasets: ModelsAndDatasets;
  readonly slots: EngineSlots;
  readonly filePath: (file: FileReference) => Promise<string>;
  readonly workerName: string;
  readonly concurrency: number;
}

/** What distinguishes one kind of worker process from another. */
export interface WorkerProcessOptions {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
  readonly start: (parts: WorkerParts) => Promise<Consumer>;
}

const workerVariables = [
  ...connectionVariables,
  'XAIGRID_THREADS',
  'XAIGRID_DEVICES',
  'XAIGRID_CACHE_DIR',
  'XDG_CACHE_HOME',
  'XAIGRID_LOG_LEVEL',
  'XAIGRID_LOG_PRETTY',
] as const;

/**
 * The whole life of a worker process: environment, connections, work, and an orderly end. SIGTERM or the first SIGINT: it
 * finishes and acknowledges its current tasks. A second signal returns them to the queue at once. Sets the exit status.
 */
export function runWorkerProcess(options: WorkerProcessOptions, args?: readonly string[]): Promise<void> {
  const { name, summary, version } = options;
  return runProcess(
    {
      ...{ name, summary, version, variables: workerVariables },
      onTerminate: 'finish the current work and exit.',
      run: (shutdown) => work(options, shutdown),
    },
    args,
  );
}

async function work(options: WorkerProcessOptions, shutdown: Shutdown): Promise<void> {
  const environment = readEnvironment(workerVariables, ['DATABASE_URL', 'NATS_URL']);
  const logger = await createLogger({ name: options.name, level: 'info' });
  const workerName = `${hostname()}:${process.pid}`;
  const count = defaultThreads();
  const connecting = { signal: shutdown.drain, onNotice: (sentence: string) => logger.warn(sentence) };
  const store = await untilReachable(() => connectStore(environment, options.name, shutdown.drain), connecting);
  try {
    const queue = await untilReachable(() => connectQueue(environment, `${options.name} ${workerName}`, connecting), connecting);
    const files = createFileCache({ folder: cacheFolder(), artifacts: store.artifacts });
    const modelsAndDatasets = createModelsAndDatasets({ files });
    const slots = createEngineSlots({ count, modelsAndDatasets, devices: environment.XAIGRID_DEVICES });
    try {
      const filePath = (file: FileReference): Promise<string> => files.pathOf(file);
      const consumer = await options.start({
        store,
        queue,
        logger,
        modelsAndDatasets,
        slots,
        filePath,
        workerName,
        concurrency: count,
      });
      logger.info({ worker: workerName, threads: count, version: options.version }, 'ready');
      await Promise.race([aborted(shutdown.drain), consumer.closed]);
      logger.info('draining');
      await Promise.race([consumer.drain(), aborted(shutdown.stop).then(() => consumer.stop())]);
    } finally {
      await slots.close();
      await modelsAndDatasets.close();
      await queue.close();
    }
  } finally {
    await store.close();
  }
  logger.info('stopped');
}
