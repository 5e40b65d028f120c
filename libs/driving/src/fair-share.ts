import type { ShardState, Stage } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import { createStagePace } from './stage-pace.js';

/**
 * The shards of all runs that may be explained but not yet scored, or on their way there; beyond it, explain tasks wait. The
 * number is larger if the stages are so fast that they need more shards ahead.
 */
const UNSCORED = 64;

/** How far a run is. */
export interface Standing {
  readonly shards: Readonly<Record<ShardState, number>>;
  /** Its tasks on the queue, including those in progress. */
  readonly queued: Readonly<Record<Stage, number>>;
  /** Whether it has shards to publish. */
  readonly hasUnpublished: boolean;
}

/** A run's share of the workers. */
interface Share {
  /** The number of tasks of each stage that the run may add to the queue now. */
  allowance(standing: Standing): Promise<Readonly<Record<Stage, number>>>;
  /** Ends the share: the other runs divide it. */
  leave(): void;
}

/**
 * Divides the workers among runs. All runs share one queue per stage, which is first in, first out. So a run gets the share of
 * the workers that it has of the queue, and a new run waits as long as the queue takes. Therefore the queue is kept short: two
 * seconds of work, or twice the tasks in progress. Its places are divided among the runs that have something to publish. Each
 * step of priority doubles a run's share, and each run has at least one place.
 *
 * Explained shards that wait for scoring take places too. So if the metrics workers are slow or gone, the explainer workers wait.
 */
export interface FairShare {
  join(run: { readonly priority: number }): Share;
}

interface Member {
  readonly weight: number;
  hasUnpublished: boolean;
  passed: Record<Stage, number> | undefined;
}

export function createFairShare(queue: Pick<WorkQueue, 'depth'>): FairShare {
  const pace = createStagePace(queue);
  const members = new Set<Member>();

  function partOf(member: Member, places: number): number {
    let weights = member.weight;
    for (const other of members) if (other !== member && other.hasUnpublished) weights += other.weight;
    return Math.max(1, Math.floor((places * member.weight) / weights));
  }

  return {
    join({ priority }) {
      const member: Member = { weight: 2 ** priority, hasUnpublished: true, passed: undefined };
      members.add(member);
      return {
        async allowance({ shards, queued, hasUnpublished }) {
          member.hasUnpublished = hasUnpublished;
          const { explained, scored } = shards;
          const passed = { explain: explained + scored, score: scored };
          if (member.passed !== undefined) {
            pace.count('explain', passed.explain - member.passed.explain);
            pace.count('score', passed.score - member.passed.score);
          }
          member.passed = passed;
          const { explain, score } = await pace.look();
          const explaining = partOf(member, explain.ahead + explain.inHand);
          const scoring = score.inHand === 0 ? 0 : score.ahead + score.inHand;
          const unscored = partOf(member, Math.max(UNSCORED, explain.ahead + explain.inHand + scoring));
          // Each has a task of one stage or the other. Shards whose tasks the queue lost are published again once the others are
          // done, and do not hold them up.
          const waiting = Math.min(explained, queued.explain + queued.score);
          return {
            explain: Math.max(0, Math.min(explaining - queued.explain, unscored - queued.explain - waiting)),
            score: Math.max(0, unscored - queued.score),
          };
        },
        leave() {
          members.delete(member);
        },
      };
    },
  };
}
