import type { Stage } from '@xaigrid/contracts';
import type { StageTraffic, WorkQueue } from '@xaigrid/queue';
import type { OpenShard, OpenShardQuery, Store } from '@xaigrid/store';

/** How many leases a shard may make no progress, on the queue or with a silent worker, before it is published again. */
export const PATIENCE_LEASES = 3;
/**
 * The wait doubles after each publication in vain, up to this many times, so that a task that is only slow is not on the queue a
 * hundred times.
 */
const MOST_DOUBLINGS = 5;
/**
 * While a stage has waiting tasks and delivers others, a shard may only be waiting its turn. Such time counts as a tenth. It
 * counts at all because the queue may be wrong, and other runs may keep it busy for days.
 */
const BUSY_WEIGHT = 0.1;
const SHORTEST_LOOK_MS = 500;
/** The shards that one check reads. More are open only with more workers than any cluster has. */
const MOST_OPEN = 20_000;

const LOOKS_AT_ALL = 10;

/** How far a run has been published. */
export type PublishedUpTo = Pick<OpenShardQuery, 'plannedTo' | 'explainedTo'>;

/** Watches the published shards of a run, independently of what the queue says about them. */
export interface ShardWatch {
  /** @returns the shards to publish again. It does nothing if the last check was moments ago */
  look(publishedUpTo: PublishedUpTo): Promise<readonly OpenShard[]>;
}

export interface ShardWatchOptions {
  readonly store: { readonly shards: Pick<Store['shards'], 'open'> };
  readonly queue: Pick<WorkQueue, 'traffic' | 'leaseMs'>;
  readonly runId: string;
  readonly now?: () => number;
}

interface Seen {
  readonly progress: string;
  /** The milliseconds during which it was seen to make no progress. */
  still: number;
  times: number;
}

/**
 * Postgres knows which shards are published and not done. A shard is lost if it has not changed for `PATIENCE_LEASES`, no worker
 * says that it works on it, and its stage has workers. This holds even if the queue still shows its task.
 */
export function createShardWatch({ store, queue, runId, now = () => performance.now() }: ShardWatchOptions): ShardWatch {
  const { leaseMs } = queue;
  if (leaseMs === undefined) return { look: () => Promise.resolve([]) };
  const lookMs = Math.max(SHORTEST_LOOK_MS, leaseMs / 3);
  let seen = new Map<number, Seen>();
  let traffic: Readonly<Record<Stage, StageTraffic>> | undefined;
  let lookedAt = now();
  /** All shards of the run up to this id were done. Failed ones may be tried again, so from time to time all are read. */
  let doneUpTo = -1;
  let looks = 0;

  function weightOf(stage: Stage, { waiting, requests, deliveries }: StageTraffic, open: readonly OpenShard[]): number {
    // The tasks of a dead worker count as in progress until another worker asks for them, which may never happen.
    const atWork = open.some((shard) => shard.held && stageOf(shard) === stage);
    if (requests === 0 && !atWork) return 0;
    return waiting > 0 && deliveries > (traffic?.[stage].deliveries ?? 0) ? BUSY_WEIGHT : 1;
  }

  return {
    async look(publishedUpTo) {
      // What happened while this process was frozen is not known, so a longer pause counts as one check.
      const elapsed = Math.min(now() - lookedAt, 2 * lookMs);
      if (elapsed < lookMs) return [];
      const [explain, score] = await Promise.all([queue.traffic('explain'), queue.traffic('score')]);
      const current = { explain, score };
      const open = await store.shards.open(runId, { ...publishedUpTo, afterId: doneUpTo, limit: MOST_OPEN });
      const weights = { explain: weightOf('explain', explain, open), score: weightOf('score', score, open) };
      const next = new Map<number, Seen>();
      const lost: OpenShard[] = [];
      for (const shard of open) {
        const progress = `${shard.state} ${shard.attempts}`;
        const known = seen.get(shard.id);
        const sight = known?.progress === progress ? known : { progress, still: 0, times: known?.times ?? 0 };
        if (shard.held) sight.still = 0;
        else if (sight === known) sight.still += elapsed * weights[stageOf(shard)];
        if (sight.still >= PATIENCE_LEASES * leaseMs * 2 ** Math.min(sight.times, MOST_DOUBLINGS)) {
          lost.push(shard);
          sight.still = 0;
          sight.times += 1;
        }
        next.set(shard.id, sight);
      }
      looks += 1;
      doneUpTo = looks % LOOKS_AT_ALL === 0 ? -1 : (open[0]?.id ?? doneUpTo + 1) - 1;
      seen = next;
      traffic = current;
      lookedAt = now();
      return lost;
    },
  };
}

/** The stage that the shard waits for. */
export function stageOf({ state }: Pick<OpenShard, 'state'>): Stage {
  return state === 'planned' ? 'explain' : 'score';
}
