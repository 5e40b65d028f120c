import { setTimeout as delay } from 'node:timers/promises';
import { createJetStreamQueue } from '@xaigrid/queue';
import type { Cluster } from '../support/cluster.js';
import { folderMebibytes, usageOf } from './process-usage.js';

/** The most of everything that shall not grow with the run. */
interface Peaks {
  /** Explain tasks on the queue, those in hand included. */
  readonly explainTasks: number;
  readonly scoreTasks: number;
  /** Shards that are explained and not yet scored. */
  readonly unscored: number;
  readonly natsMebibytes: number;
  readonly natsDiskMebibytes: number;
  readonly postgresMebibytes: number;
}

export interface Watched {
  readonly peaks: Peaks;
  /** The orchestrator's memory over time: what it holds for each shard would show as a slope. */
  readonly orchestratorMebibytes: readonly { readonly scored: number; readonly mebibytes: number }[];
}

/** Looks every two seconds, so that looking costs little, until the run is over. */
export async function watchRun(
  cluster: Cluster,
  options: {
    readonly runId: string;
    readonly orchestratorId: number;
    readonly onProgress?: ((progress: { readonly scored: number; readonly seconds: number }) => void) | undefined;
  },
): Promise<Watched> {
  const { runId, orchestratorId, onProgress } = options;
  const queue = await createJetStreamQueue({ servers: cluster.nats.url, name: 'load', ackWaitMs: 30_000 });
  const started = performance.now();
  const looks: Peaks[] = [];
  const orchestratorMebibytes: Watched['orchestratorMebibytes'][number][] = [];
  try {
    for (;;) {
      const { state } = await cluster.store.runs.find(runId);
      if (state !== 'planned' && state !== 'running') return { peaks: mostOf(looks), orchestratorMebibytes };
      const { scored, explained } = await cluster.store.shards.count(runId);
      const { explain, score } = await queue.tasksOf(runId);
      looks.push({
        ...{ explainTasks: explain, scoreTasks: score, unscored: explained },
        natsMebibytes: (await usageOf(cluster.nats.processId() ?? 0)).mebibytes,
        natsDiskMebibytes: await folderMebibytes(cluster.nats.folder),
        postgresMebibytes: (await usageOf(await cluster.postgresId(), { children: true })).mebibytes,
      });
      orchestratorMebibytes.push({ scored, mebibytes: (await usageOf(orchestratorId)).mebibytes });
      onProgress?.({ scored, seconds: (performance.now() - started) / 1000 });
      await delay(2_000);
    }
  } finally {
    await queue.close();
  }
}

function mostOf(looks: readonly Peaks[]): Peaks {
  const most = (name: keyof Peaks): number => Math.max(0, ...looks.map((look) => look[name]));
  return {
    ...{ explainTasks: most('explainTasks'), scoreTasks: most('scoreTasks'), unscored: most('unscored') },
    natsMebibytes: most('natsMebibytes'),
    natsDiskMebibytes: most('natsDiskMebibytes'),
    postgresMebibytes: most('postgresMebibytes'),
  };
}
