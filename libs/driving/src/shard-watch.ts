import type { Stage } from '@xaigrid/contracts';
import type { StageTraffic, WorkQueue } from '@xaigrid/queue';
import type { OpenShard, OpenShardQuery, Store } from '@xaigrid/store';

/** Leases that a shard may stand still, on the queue or with a worker that says nothing, before it is published again. */
export const PATIENCE_LEASES = 3;
/** Each time it was in vain the patience doubles, up to so many times: a task that is only slow is not on the queue a hundred times. */
const MOST_DOUBLINGS = 5;
/**
 * While a stage has tasks that wait and delivers, a shard may only be waiting its turn: such time counts a tenth. It counts at all because
 * the queue may be wrong, and others may keep it busy for days.
 */
const BUSY_WEIGHT = 0.1;
const SHORTEST_LOOK_MS = 500;
/** Shards that one look reads. More are only open when more workers are at it than any cluster has. */
const MOST_OPEN = 20_000;

const LOOKS_AT_ALL = 10;

/** Where a run's publication has come to. */
export type PublishedUpTo = Pick<OpenShardQuery, 'plannedTo' | 'explainedTo'>;

/** Watches the published shards of a run, whatever the queue says of them. */
export interface ShardWatch {
  /** @returns those that should be published again; does nothing when the last look was moments ago */
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
  /** Milliseconds that it was seen to stand still. */
  still: number;
  times: number;
}

/**
 * Postgres says which shards are published and not done. One of them that has not changed for `PATIENCE_LEASES`, that no worker says to work
 * on, and for whose stage there are workers, is lost, however sure the queue may be that it has it.
 */
export function createShardWatch({ store, queue, runId, now = () => performance.now() }: ShardWatchOptions): ShardWatch {
  const { leaseMs } = queue;
  if (leaseMs === undefined) return { look: () => Promise.resolve([]) };
  const lookMs = Math.max(SHORTEST_LOOK_MS, leaseMs / 3);
  let seen = new Map<number, Seen>();
  let traffic: Readonly<Record<Stage, StageTraffic>> | undefined;
  let lookedAt = now();
  /** All shards of the run up to here were done; those that failed may be tried again, so that now and then all are read. */
  let doneUpTo = -1;
  let looks = 0;

  function weightOf(stage: Stage, { waiting, requests, deliveries }: StageTraffic, open: readonly OpenShard[]): number {
    // What a worker that died had in hand counts as in progress until another asks for it, which may be never.
    const atWork = open.some((shard) => shard.held && stageOf(shard) === stage);
    if (requests === 0 && !atWork) return 0;
    return waiting > 0 && deliveries > (traffic?.[stage].deliveries ?? 0) ? BUSY_WEIGHT : 1;
  }

  return {
    async look(publishedUpTo) {
      // What the run did while this process was frozen is not known: a longer pause counts as one look.
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

/** What the shard waits for. */
export function stageOf({ state }: Pick<OpenShard, 'state'>): Stage {
  return state === 'planned' ? 'explain' : 'score';
}
