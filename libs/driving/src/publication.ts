import { randomUUID } from 'node:crypto';
import { MESSAGE_VERSION, type Stage, type Task } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { OpenShard, Store } from '@xaigrid/store';
import { stageOf, type PublishedUpTo } from './shard-watch.js';

/** The shards that are read and published at once. So the memory does not depend on the size of the run. */
export const WINDOW = 500;

export interface PublicationParts {
  readonly store: Pick<Store, 'shards'>;
  readonly queue: Pick<WorkQueue, 'publish'>;
}

/** Puts each open shard of a run on the queue once: first explained shards that only lack their scores, then the others. */
export interface Publication {
  readonly complete: () => boolean;
  /**
   * Publishes what is allowed, at most a window of each stage.
   * @returns the number of published tasks
   */
  publish(allowance: Readonly<Record<Stage, number>>): Promise<number>;
  /** Publishes shards again, under new message ids: NATS would take the old ones for duplicates. */
  publishAgain(shards: readonly OpenShard[]): Promise<void>;
  /** The last ids that this publication has put on the queue, or found there. */
  readonly upTo: () => PublishedUpTo;
}

interface Cursor {
  readonly state: 'planned' | 'explained';
  readonly stage: Stage;
  afterId: number;
  complete: boolean;
}

/**
 * Starts the publication of a run.
 * @param options.queued tasks that are on the queue already. An earlier orchestrator published them in the order of ids, so as
 * many of the first planned shards are skipped as there are explain tasks. If tasks were lost since, this skips shards without a
 * task; the shard watch finds them.
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
  // Distinguishes a repeated publication from a retry of the same one. It is not the time, because a clock may be set back.
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
      // One after the other: planned shards that are explained meanwhile would otherwise be found again and published twice.
      const published = explained.complete ? 0 : await advance(explained, allowance.score);
      if (!explained.complete || planned.complete) return published;
      return published + (await advance(planned, allowance.explain));
    },
    async publishAgain(shards) {
      await queue.publish(shards.map((shard) => ({ task: taskOf(runId, shard, stageOf(shard)) })));
    },
    upTo: () => ({
      plannedTo: planned.afterId,
      // Shards that were explained later were handed on by a worker.
      explainedTo: explained.complete ? Number.MAX_SAFE_INTEGER : explained.afterId,
    }),
  };
}

function taskOf(runId: string, shard: { readonly id: number; readonly evaluationId: number }, stage: Stage): Task {
  return { version: MESSAGE_VERSION, stage, runId, evaluationId: shard.evaluationId, shardId: shard.id };
}
