import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunId } from '@xaigrid/contracts';
import { startExplainService, type ExplainServiceOptions } from '@xaigrid/explainer-worker';
import { startScoreService } from '@xaigrid/metrics-worker';
import { createDriver, createLocalControl } from '@xaigrid/driving';
import { createMemoryQueue, type Consumer } from '@xaigrid/queue';
import { createEngineSlots, createFileCache, createModelsAndDatasets, silentLogger } from '@xaigrid/service';
import { createStore, startEmbeddedPostgres, type Store } from '@xaigrid/store';
import { startCluster } from '../support/cluster.js';
import { loadSubmission, submitLoad, type Load } from './load-submission.js';
import { pretendToExplain, pretendToScore } from './pretend.js';

interface PretendWorkers {
  readonly slots: number;
  /** What a shard takes. */
  readonly milliseconds: number;
}

/** Where runs are driven, with workers that only pretend to compute: the same on a cluster and in one process. */
export interface PretendInstallation {
  readonly store: Store;
  submit(load: Load): Promise<string>;
  startExplainers(workers: PretendWorkers): Promise<void>;
  startScorers(workers: PretendWorkers): Promise<void>;
  close(): Promise<void>;
}

/** Processes of their own, a nats-server, a Postgres. */
export async function openPretendCluster(): Promise<PretendInstallation> {
  const cluster = await startCluster({ XAIGRID_LOG_LEVEL: 'info' });
  await cluster.start('xaigrid-orchestrator');
  const environment = ({ slots, milliseconds }: PretendWorkers): Record<string, string> => ({
    ...{ XAIGRID_THREADS: String(slots), PRETEND_MS: String(milliseconds) },
  });
  return {
    store: cluster.store,
    submit: (load) => submitLoad(cluster, load),
    async startExplainers(workers) {
      await cluster.start('pretend-explainer-worker', environment(workers));
    },
    async startScorers(workers) {
      await cluster.start('pretend-metrics-worker', environment(workers));
    },
    close: () => cluster.stop(),
  };
}

/** The services in this process, on the in-memory queue, as `xaigrid run` puts them together; a Postgres. */
export async function openPretendProcess(): Promise<PretendInstallation> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-pretend-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  const store = await createStore({ url: postgres.url, maxConnections: 8, connectTimeoutMs: 10_000, applicationName: 'tests' });
  const queue = createMemoryQueue();
  const driving = new AbortController();
  const driver = createDriver({ store, queue, logger: silentLogger(), signal: driving.signal });
  const files = createFileCache({ folder: join(folder, 'cache'), artifacts: store.artifacts });
  const modelsAndDatasets = createModelsAndDatasets({ files });
  const slots = createEngineSlots({ count: 1, modelsAndDatasets });
  const control = createLocalControl({
    store,
    queue,
    driver,
    modelsAndDatasets,
    location: 'a test',
    shareFiles: 'preferred',
    unattended: 'interrupted',
  });
  const filePath: ExplainServiceOptions['filePath'] = (file) => files.pathOf(file);
  const parts = { store, queue, logger: silentLogger(), modelsAndDatasets, slots, filePath, workerName: newRunId() };
  const consumers: Consumer[] = [];
  return {
    store,
    submit: async (load) => (await control.submit(loadSubmission(load))).id,
    async startExplainers({ slots: concurrency, milliseconds }) {
      const explain = pretendToExplain(milliseconds);
      consumers.push(await startExplainService({ ...parts, concurrency, explain }));
    },
    async startScorers({ slots: concurrency, milliseconds }) {
      consumers.push(await startScoreService({ ...parts, concurrency, score: pretendToScore(milliseconds) }));
    },
    async close() {
      driving.abort();
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await driver.idle();
      await slots.close();
      await modelsAndDatasets.close();
      await queue.close();
      await store.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
