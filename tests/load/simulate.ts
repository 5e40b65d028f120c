import type { RunState } from '@xaigrid/contracts';
import { startCluster, type Cluster } from '../support/cluster.js';
import type { RunningProcess } from '../support/processes.js';
import { submitLoad } from './load-submission.js';
import { usageOf, type Usage } from './process-usage.js';
import { watchRun, type Watched } from './watch-run.js';

export interface SimulationOptions {
  readonly shards: number;
  /** Tasks that each of the two workers has in hand at a time: so many one-slot workers they stand for. */
  readonly slots: number;
  readonly onProgress?: (progress: { readonly scored: number; readonly seconds: number }) => void;
}

export interface Simulation extends Watched {
  readonly shards: number;
  readonly state: RunState;
  readonly counts: Readonly<Record<string, number>>;
  /** From the submission to its answer: the run and all its shards are in Postgres. */
  readonly planSeconds: number;
  /** From there to the end of the run. */
  readonly workSeconds: number;
  /** What each part used of the processors for the run, its own start left out; and its memory. */
  readonly usage: Readonly<Record<string, Usage>>;
  readonly databaseMebibytes: number;
}

/** A run of so many shards through the orchestrator, NATS, Postgres and two workers that only pretend to compute. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const cluster = await startCluster({
    ...{ XAIGRID_LOG_LEVEL: 'info', XAIGRID_ACK_WAIT_MS: '30000', XAIGRID_THREADS: String(options.slots) },
  });
  const workers = new Map<string, RunningProcess>();
  try {
    workers.set('orchestrator', await cluster.start('xaigrid-orchestrator'));
    workers.set('explainer worker', await cluster.start('pretend-explainer-worker'));
    workers.set('metrics worker', await cluster.start('pretend-metrics-worker'));
    const before = await usageOfAll(cluster, workers);
    const started = performance.now();
    const runId = await submitLoad(cluster, { shards: options.shards });
    const planned = performance.now();
    const orchestratorId = workers.get('orchestrator')?.child.pid ?? 0;
    const watched = await watchRun(cluster, { runId, orchestratorId, onProgress: options.onProgress });
    const ended = performance.now();
    const after = await usageOfAll(cluster, workers);
    return {
      shards: options.shards,
      state: (await cluster.store.runs.find(runId)).state,
      counts: await cluster.store.shards.count(runId),
      planSeconds: (planned - started) / 1000,
      workSeconds: (ended - planned) / 1000,
      usage: Object.fromEntries(
        Object.entries(after).map(([name, used]) => [
          name,
          { ...used, cpuSeconds: used.cpuSeconds - (before[name]?.cpuSeconds ?? 0) },
        ]),
      ),
      ...watched,
      databaseMebibytes: (await cluster.store.ping()).sizeBytes / 2 ** 20,
    };
  } finally {
    for (const { child } of workers.values()) child.kill('SIGTERM');
    await Promise.all([...workers.values()].map(({ finished }) => finished));
    await cluster.stop();
  }
}

async function usageOfAll(cluster: Cluster, workers: ReadonlyMap<string, RunningProcess>): Promise<Record<string, Usage>> {
  const processes = await Promise.all(
    [...workers].map(async ([name, { child }]) => [name, await usageOf(child.pid ?? 0)] as const),
  );
  return {
    ...Object.fromEntries(processes),
    'nats-server': await usageOf(cluster.nats.processId() ?? 0),
    Postgres: await usageOf(await cluster.postgresId(), { children: true }),
  };
}
