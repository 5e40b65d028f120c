import { join } from 'node:path';
import {
  aborted,
  cacheFolder,
  connectionVariables,
  connectQueue,
  connectStore,
  createFileCache,
  createLogger,
  createModelsAndDatasets,
  readEnvironment,
  untilReachable,
  type Shutdown,
  type VariableName,
} from '@xaigrid/service';
import { createElectedDriver, createLocalControl, createMendingTally } from '@xaigrid/driving';
import { createHttpServer } from './create-server.js';
import { assertTokensDiffer, listenAddress, listenError } from './listen-address.js';
import { createStoreMetrics } from './store-metrics.js';

export const orchestratorVariables = [
  ...connectionVariables,
  'XAIGRID_HOST',
  'XAIGRID_PORT',
  'XAIGRID_TOKEN',
  'XAIGRID_READ_TOKEN',
  'XAIGRID_SPEC_ROOT',
  'XAIGRID_GRAFANA_URL',
  'XAIGRID_CACHE_DIR',
  'XDG_CACHE_HOME',
  'XAIGRID_LOG_LEVEL',
  'XAIGRID_LOG_PRETTY',
] as const satisfies readonly VariableName[];

/**
 * The life of the orchestrator: it serves the API, and if it is the leader it drives all unfinished runs, until it is asked to
 * stop. Runs in progress stay `running`; the next leader continues them.
 */
export async function serve(name: string, shutdown: Shutdown): Promise<void> {
  const environment = readEnvironment(orchestratorVariables, ['DATABASE_URL', 'NATS_URL']);
  const address = listenAddress(environment);
  const logger = await createLogger({ name, level: 'info' });
  const {
    XAIGRID_TOKEN: token,
    XAIGRID_READ_TOKEN: readToken,
    XAIGRID_SPEC_ROOT: specRoot,
    XAIGRID_GRAFANA_URL: grafana,
  } = environment;
  assertTokensDiffer(environment);
  const connecting = { signal: shutdown.drain, onNotice: (sentence: string) => logger.warn(sentence) };
  const store = await untilReachable(() => connectStore(environment, name, shutdown.drain), connecting);
  try {
    const queue = await untilReachable(() => connectQueue(environment, name, connecting), connecting);
    const files = createFileCache({ folder: cacheFolder(), artifacts: store.artifacts });
    const modelsAndDatasets = createModelsAndDatasets({ files });
    const driving = new AbortController();
    const tally = createMendingTally();
    const driver = createElectedDriver({ store, queue, logger, tally, signal: driving.signal });
    try {
      const app = await createHttpServer({
        control: createLocalControl({
          store,
          queue,
          driver,
          modelsAndDatasets,
          location: name,
          shareFiles: 'required',
          unattended: 'waits',
        }),
        filePath: (file) => files.pathOf(file),
        ...{ artifacts: store.artifacts, queue, logger, metrics: { ...createStoreMetrics(store), mended: () => tally.read() } },
        pictures: { folder: join(cacheFolder(), 'thumbnails') },
        ...(token === undefined ? {} : { token }),
        ...(readToken === undefined ? {} : { readToken }),
        ...(specRoot === undefined ? {} : { specRoot }),
        ...(grafana === undefined ? {} : { grafana }),
      });
      try {
        const url = await app.listen({ ...address, listenTextResolver: () => 'listening' }).catch((error: unknown) => {
          throw listenError(error, address);
        });
        logger.info({ listening: url, authentication: token === undefined ? 'none' : 'bearer' }, 'ready');
        // Leading ends earlier only if it fails permanently.
        await Promise.race([aborted(shutdown.drain), driver.idle()]);
        logger.info('stopping');
      } finally {
        await app.close();
      }
    } finally {
      driving.abort();
      await driver.idle();
      await modelsAndDatasets.close();
      await queue.close();
    }
  } finally {
    await store.close();
  }
  logger.info('stopped');
}
