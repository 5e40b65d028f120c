import { stages, type Stage } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';

/**
 * The seconds of work that wait on the queue of a stage. Workers never run out of work between two checks, and nobody waits long
 * behind it.
 */
const SECONDS_AHEAD = 2;
/** The number of waiting tasks per task in progress, if shards take longer than that. */
const AHEAD_PER_TASK_IN_HAND = 2;
const FEWEST_AHEAD = 16;
const MOST_AHEAD = 5_000;

/** The time over which the rate is measured. */
const WINDOW_MS = 4_000;
/** How often the queue is checked, for all runs together. */
const LOOK_MS = 250;

interface Pace {
  /** The tasks that workers have. */
  readonly inHand: number;
  /** The tasks that should wait for a worker. */
  readonly ahead: number;
}

/** How fast each stage works, and so how many tasks its queue should hold for all runs together. */
export interface StagePace {
  /** Notes that so many shards have passed the stage. */
  count(stage: Stage, shards: number): void;
  look(): Promise<Readonly<Record<Stage, Pace>>>;
}

export function createStagePace(queue: Pick<WorkQueue, 'depth'>, now: () => number = () => performance.now()): StagePace {
  const passed: Record<Stage, { readonly at: number; readonly shards: number }[]> = { explain: [], score: [] };
  let inHand: Promise<Readonly<Record<Stage, number>>> | undefined;
  let lookedAt = -Infinity;

  async function readInHand(): Promise<Readonly<Record<Stage, number>>> {
    const [explain, score] = await Promise.all(stages.map(async (stage) => (await queue.depth(stage)).inProgress));
    return { explain: explain ?? 0, score: score ?? 0 };
  }

  function perSecond(stage: Stage): number {
    const recent = passed[stage];
    while (recent[0] !== undefined && now() - recent[0].at > WINDOW_MS) recent.shift();
    return recent.reduce((sum, { shards }) => sum + shards, 0) / (WINDOW_MS / 1000);
  }

  function paceOf(stage: Stage, held: number): Pace {
    const wanted = Math.max(SECONDS_AHEAD * perSecond(stage), AHEAD_PER_TASK_IN_HAND * held);
    return { inHand: held, ahead: Math.round(Math.min(MOST_AHEAD, Math.max(FEWEST_AHEAD, wanted))) };
  }

  return {
    count(stage, shards) {
      if (shards > 0) passed[stage].push({ at: now(), shards });
    },
    async look() {
      if (inHand === undefined || now() - lookedAt > LOOK_MS) {
        lookedAt = now();
        inHand = readInHand();
        // The next check asks again.
        inHand.catch(() => (inHand = undefined));
      }
      const held = await inHand;
      return { explain: paceOf('explain', held.explain), score: paceOf('score', held.score) };
    },
  };
}
