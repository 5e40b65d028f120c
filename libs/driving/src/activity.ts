import { stages, type Activity } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { Store } from '@xaigrid/store';

const MOST_AT_WORK = 500;
const MOST_RUNNING = 100;
/** The latest runs that are searched for failures, and how many are shown of each. */
const RUNS_WITH_FAILURES = 10;
const MOST_FAILURES = 20;

/** What the workers do now, what waits for them, and what failed lately. */
export async function readActivity(
  { runs, shards }: Pick<Store, 'runs' | 'shards'>,
  queue: Pick<WorkQueue, 'traffic' | 'deadLetters' | 'leaseMs'>,
): Promise<Activity> {
  const running = await runs.list({ limit: MOST_RUNNING, states: ['running'] });
  const ids = running.map(({ id }) => id);
  const failing = await runs.list({ limit: RUNS_WITH_FAILURES, states: ['running', 'done-with-failures', 'failed'] });
  const [traffic, deadLetters, atWork, progress, failures] = await Promise.all([
    Promise.all(stages.map((stage) => queue.traffic(stage))),
    queue.deadLetters(),
    shards.atWork(ids, MOST_AT_WORK),
    runs.progressOf(ids),
    Promise.all(failing.map(({ id }) => runs.failures(id, MOST_FAILURES))),
  ]);
  return {
    // Only the queue of a cluster has leases.
    isCluster: queue.leaseMs !== undefined,
    stages: stages.map((stage, at) => {
      const { waiting = 0, inProgress = 0, requests = 0 } = traffic[at] ?? {};
      return { stage, waiting, inProgress, asking: requests };
    }),
    ...{ deadLetters, atWork },
    running: running.flatMap(({ id, name }) => {
      const found = progress.get(id);
      return found === undefined ? [] : [{ id, name, progress: found }];
    }),
    failed: failing
      .map(({ id, name }, at) => ({ id, name, failures: failures[at] ?? [] }))
      .filter((run) => run.failures.length > 0),
  };
}
