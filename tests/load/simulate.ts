import { setTimeout as delay } from 'node:timers/promises';
import { runSummarySchema, sha256, type RunState } from '@xaigrid/contracts';
import { samplePlan } from '../../apps/orchestrator/tests/sample-submission.js';
import { startCluster, type Cluster } from '../support/cluster.js';
import type { RunningProcess } from '../support/processes.js';
import { folderMebibytes, usageOf, type Usage } from './process-usage.js';

export interface SimulationOptions {
  readonly shards: number;
  /** Tasks that each of the two workers has in hand at a time: so many one-slot workers they stand for. */
  readonly slots: number;
  readonly onProgress?: (text: string) => void;
}

export interface PartUsage extends Usage {
  readonly name: string;
}

export interface Simulation {
  readonly shards: number;
  readonly state: RunState;
  readonly counts: Readonly<Record<string, number>>;
  /** From the submission to its answer: the run and all its shards are in Postgres. */
  readonly planSeconds: number;
  /** From there to the end of the run. */
  readonly workSeconds: number;
  readonly usage: readonly PartUsage[];
  readonly most: {
    readonly waiting: number;
    readonly unscored: number;
    readonly natsDiskMebibytes: number;
    readonly natsMebibytes: number;
  };
  readonly databaseMebibytes: number;
}

/** One sample a shard: shards are what is measured. */
const modelBytes = Buffer.from('no model: nothing is computed');
const modelHash = sha256(modelBytes);

/** A run of so many shards through the orchestrator, NATS, Postgres and two workers that only pretend to compute. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const cluster = await startCluster({
    ...{ XAIGRID_LOG_LEVEL: 'info', XAIGRID_ACK_WAIT_MS: '30000', XAIGRID_THREADS: String(options.slots) },
  });
  const parts = new Map<string, RunningProcess>();
  try {
    parts.set('orchestrator', await cluster.start('xaigrid-orchestrator'));
    parts.set('explainer worker', await cluster.start('pretend-explainer-worker'));
    parts.set('metrics worker', await cluster.start('pretend-metrics-worker'));
    const started = performance.now();
    const runId = await submit(cluster, options.shards);
    const planned = performance.now();
    const most = await watch(cluster, runId, options);
    const ended = performance.now();
    const usage = await Promise.all([
      ...[...parts].map(async ([name, { child }]) => ({ name, ...(await usageOf(child.pid ?? 0)) })),
      usageOf(cluster.nats.processId() ?? 0).then((used) => ({ name: 'nats-server', ...used })),
      usageOf(await cluster.postgresId(), { children: true }).then((used) => ({ name: 'Postgres', ...used })),
    ]);
    return {
      shards: options.shards,
      state: (await cluster.store.runs.find(runId)).state,
      counts: await cluster.store.shards.count(runId),
      planSeconds: (planned - started) / 1000,
      workSeconds: (ended - planned) / 1000,
      ...{ usage, most },
      databaseMebibytes: (await cluster.store.ping()).sizeBytes / 2 ** 20,
    };
  } finally {
    for (const { child } of parts.values()) child.kill('SIGTERM');
    await Promise.all([...parts.values()].map(({ finished }) => finished));
    await cluster.stop();
  }
}

async function submit(cluster: Cluster, shards: number): Promise<string> {
  await cluster.store.artifacts.putFile({
    ...{ sha256: modelHash, size: modelBytes.length, path: 'none.h5', parts: [modelBytes] },
  });
  const plan = samplePlan({ samples: shards });
  const answer = await fetch(`${cluster.serverUrl()}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ name: 'load', specText: 'name: load\n' },
      evaluations: [
        {
          plan: {
            ...plan,
            dataset: { ...plan.dataset, size: shards },
            model: {
              ...plan.model,
              files: [{ name: 'none.h5', sha256: modelHash, size: modelBytes.length }],
              fingerprint: sha256(modelHash),
            },
          },
          shardSize: 1,
        },
      ],
    }),
  });
  if (answer.status !== 201) throw new Error(`The run was refused: ${await answer.text()}`);
  return runSummarySchema.parse(await answer.json()).id;
}

/** Looks once a second, so that looking costs nothing, until the run is over. */
async function watch(cluster: Cluster, runId: string, { shards, onProgress }: SimulationOptions): Promise<Simulation['most']> {
  const most = { waiting: 0, unscored: 0, natsDiskMebibytes: 0, natsMebibytes: 0 };
  const started = performance.now();
  for (;;) {
    const { state } = await cluster.store.runs.find(runId);
    if (state !== 'planned' && state !== 'running') return most;
    const { scored, explained } = await cluster.store.shards.count(runId);
    most.unscored = Math.max(most.unscored, explained);
    most.natsDiskMebibytes = Math.max(most.natsDiskMebibytes, await folderMebibytes(cluster.nats.folder));
    most.natsMebibytes = Math.max(most.natsMebibytes, (await usageOf(cluster.nats.processId() ?? 0)).mebibytes);
    const seconds = (performance.now() - started) / 1000;
    onProgress?.(
      `${seconds.toFixed(0)} s: ${scored} of ${shards} shards scored, ${explained} explained (${(scored / seconds).toFixed(0)}/s)`,
    );
    await delay(1_000);
  }
}
