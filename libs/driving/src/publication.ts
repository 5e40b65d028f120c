import { randomUUID } from 'node:crypto';
import { MESSAGE_VERSION, type Stage, type Task } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { OpenShard, Store } from '@xaigrid/store';
import { stageOf, type PublishedUpTo } from './shard-watch.js';

/** Shards that are read and published in one go: what this takes of memory does not depend on the run. */
export const WINDOW = 500;

export interface PublicationParts {
  readonly store: Pick<Store, 'shards'>;
  readonly queue: Pick<WorkQueue, 'publish'>;
}

/** Puts each open shard of a run on the queue once: first those that are explained and only lack their scores, then the others. */
export interface Publication {
  readonly complete: () => boolean;
  /** Publishes what is allowed, at most a window of each stage. @returns how many tasks */
  publish(allowance: Readonly<Record<Stage, number>>): Promise<number>;
  /** Publishes shards that were published before, under new message ids: NATS would take the old ones for repetitions. */
  publishAgain(shards: readonly OpenShard[]): Promise<void>;
  /** What this publication has put on the queue, or found there. */
  readonly upTo: () => PublishedUpTo;
}

interface Cursor {
  readonly state: 'planned' | 'explained';
  readonly stage: Stage;
  afterId: number;
  complete: boolean;
}

/**
 * @param options.queued tasks that are on the queue already. An earlier orchestrator published them in the order of ids: as many of the first
 * planned shards as there are explain tasks are passed over. Where tasks were lost since, this passes over shards that have none; the shard
 * watch finds them.
 * @param options.explained shards of the run that are explained and not scored
 */
export async function startPublication(
  { store, queue }: PublicationParts,
  options: {
    readonly runId: string;
    readonly queued: Readonly<Record<Stage, number>>;
    readonly explained: number;
  },
): Promise<Publication> {
  const { runId, queued } = options;
  // Tells a repeated publication from a retry of the same one. Not the time: a clock may be set back.
  const round = randomUUID();
  const goesOn = queued.explain + queued.score > 0;
  const explained: Cursor = { state: 'explained', stage: 'score', afterId: -1, complete: goesOn || options.explained === 0 };
  const planned: Cursor = {
    ...{ state: 'planned', stage: 'explain', complete: false },
    afterId: queued.explain === 0 ? -1 : await store.shards.idAt(runId, 'planned', queued.explain),
  };

  async function advance(cursor: Cursor, allowed: number): Promise<number> {
    const limit = Math.min(allowed, WINDOW);
    if (limit === 0) return 0;
    const shards = await store.shards.page(runId, { states: [cursor.state], afterId: cursor.afterId, limit });
    await queue.publish(
      shards.map((shard) => ({
        task: taskOf(runId, shard, cursor.stage),
        deduplicationId: `${shard.id} ${cursor.state} ${round}`,
      })),
    );
    cursor.afterId = shards.at(-1)?.id ?? cursor.afterId;
    cursor.complete = shards.length < limit;
    return shards.length;
  }

  return {
    complete: () => explained.complete && planned.complete,
    async publish(allowance) {
      // One after the other: planned shards that are explained meanwhile would be met again, and published twice.
      const published = explained.complete ? 0 : await advance(explained, allowance.score);
      if (!explained.complete || planned.complete) return published;
      return published + (await advance(planned, allowance.explain));
    },
    async publishAgain(shards) {
      await queue.publish(shards.map((shard) => ({ task: taskOf(runId, shard, stageOf(shard)) })));
    },
    upTo: () => ({
      plannedTo: planned.afterId,
      // What is explained after that was handed on by a worker.
      explainedTo: explained.complete ? Number.MAX_SAFE_INTEGER : explained.afterId,
    }),
  };
}

function taskOf(runId: string, shard: { readonly id: number; readonly evaluationId: number }, stage: Stage): Task {
  return { version: MESSAGE_VERSION, stage, runId, evaluationId: shard.evaluationId, shardId: shard.id };
}
