import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunState } from '@xaigrid/contracts';
import { createStore, startEmbeddedPostgres, type Store } from '@xaigrid/store';
import { startNatsServer, type NatsServer } from '../../libs/queue/tests/nats-server.js';
import { start, type BinaryName, type RunningProcess, type StartOptions } from './processes.js';

/** A cluster of real parts: a Postgres, a nats-server, and as many processes as a test wants. No two share a folder. */
export interface Cluster {
  readonly databaseUrl: string;
  readonly nats: NatsServer;
  readonly store: Store;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a worker or the orchestrator, and waits until it is ready. */
  start(
    name: Exclude<BinaryName, 'xaigrid'>,
    environment?: Readonly<Record<string, string>>,
    under?: StartOptions['under'],
  ): Promise<RunningProcess>;
  /** Starts a process without waiting for it. */
  launch(name: Exclude<BinaryName, 'xaigrid'>, environment?: Readonly<Record<string, string>>): Promise<RunningProcess>;
  /**
   * Waits until a run is over.
   * @returns its state
   */
  over(runId: string): Promise<RunState>;
  /** The id of Postgres's first process, the parent of all others. */
  postgresId(): Promise<number>;
  /**
   * Kills one of Postgres's own processes. Postgres ends all sessions, recovers from its log, and continues at the same address.
   */
  crashPostgres(): Promise<void>;
  /** Deletes all runs and results, so that the next run computes everything again. */
  forget(): Promise<void>;
  /** The address of the orchestrator, after it was started. */
  serverUrl(): string;
  stop(): Promise<void>;
}

export async function startCluster(environment: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'xaigrid-cluster-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  const nats = await startNatsServer();
  const store = await createStore({ url: postgres.url, maxConnections: 4, connectTimeoutMs: 10_000, applicationName: 'tests' });
  const shared = {
    DATABASE_URL: postgres.url,
    NATS_URL: nats.url,
    XAIGRID_THREADS: '1',
    XAIGRID_ACK_WAIT_MS: '2000',
    XAIGRID_RETRY_DELAYS_MS: '100,200',
    XAIGRID_LOG_LEVEL: 'debug',
    XAIGRID_PORT: '0',
    ...environment,
  };
  const running: RunningProcess[] = [];
  let serverUrl: string | undefined;

  async function launch(
    name: BinaryName,
    more: Readonly<Record<string, string>> = {},
    under: StartOptions['under'] = [],
  ): Promise<RunningProcess> {
    const own = join(folder, randomUUID());
    await mkdir(own);
    const environment = { ...shared, XAIGRID_CACHE_DIR: join(own, 'cache'), ...more };
    const started = start(name, [], { folder: own, environment, under });
    running.push(started);
    return started;
  }

  async function postgresId(): Promise<number> {
    const [id] = (await readFile(join(folder, 'postgres', 'cluster', 'data', 'postmaster.pid'), 'utf8')).split('\n');
    return Number(id);
  }

  return {
    databaseUrl: postgres.url,
    nats,
    store,
    environment: shared,
    launch,
    async over(runId) {
      for (;;) {
        const { state } = await store.runs.find(runId);
        if (state !== 'planned' && state !== 'running') return state;
        await delay(100);
      }
    },
    postgresId,
    async crashPostgres() {
      const server = await postgresId();
      const children = (await readFile(`/proc/${server}/task/${server}/children`, 'utf8')).trim().split(' ');
      process.kill(Number(children.at(-1)), 'SIGKILL');
    },
    async forget() {
      for (const run of await store.runs.list({ limit: 1_000 })) await store.runs.remove(run.id);
      await store.collectGarbage({ dryRun: false });
    },
    async start(name, more, under) {
      const started = await launch(name, more, under);
      await started.says('"msg":"ready"');
      if (name === 'xaigrid-orchestrator') serverUrl = /"listening":"(http:[^"]+)"/.exec(started.stderr())?.[1];
      return started;
    },
    serverUrl() {
      if (serverUrl === undefined) throw new Error('The orchestrator was not started, or did not say where it listens.');
      return serverUrl;
    },
    async stop() {
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all(running.map(({ finished }) => finished));
      await store.close();
      await nats.dispose();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
