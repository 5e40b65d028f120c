import type { ShardState, Stage } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import { createStagePace } from './stage-pace.js';

/**
 * Shards of all runs that may be explained and not yet scored, or on their way there, before explain tasks wait; more when the stages
 * are so fast that this is less than what they have ahead of them.
 */
const UNSCORED = 64;

/** How far a run is. */
export interface Standing {
  readonly shards: Readonly<Record<ShardState, number>>;
  /** Its tasks on the queue, those in hand included. */
  readonly queued: Readonly<Record<Stage, number>>;
  /** Whether it has shards to publish. */
  readonly hasUnpublished: boolean;
}

/** A run's part of what the workers do. */
interface Share {
  /** How many more tasks of each stage the run may put on the queue now. */
  allowance(standing: Standing): Promise<Readonly<Record<Stage, number>>>;
  /** The run is over: the others share what it had. */
  leave(): void;
}

/**
 * Divides the workers among runs. All runs share one queue a stage, which is first in, first out; so a run gets as much of the workers as
 * it has of the queue, and a newcomer waits as long as the queue is. The queue is therefore kept short, at what workers do in two
 * seconds or have in hand twice over, and its places are divided among the runs that have something to publish: each step of
 * priority doubles a run's part, and each has a place at least.
 *
 * Explained shards that wait to be scored take places as well: when the metrics workers are slow, or gone, the explainer workers wait.
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
          // Each has a task of one stage or the other. Those whose tasks the queue lost are published again when the others are done, and do
          // not hold these up.
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
