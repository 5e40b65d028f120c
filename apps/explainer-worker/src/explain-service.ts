import { setTimeout as delay } from 'node:timers/promises';
import { MESSAGE_VERSION } from '@xaigrid/contracts';
import type { Consumer, WorkQueue } from '@xaigrid/queue';
import {
  createProgressAnnouncer,
  deadLetterRecorder,
  isOutage,
  isRetryable,
  outageLogger,
  restAfterRefusal,
  retryLogger,
  whileClaimed,
  type Logger,
} from '@xaigrid/service';
import { explainShard, type ComputingContext } from '@xaigrid/shards';
import type { ShardContext } from '@xaigrid/store';

/** How often a worker asks whether another is done with the same maps. */
const CLAIM_POLL_MS = 250;

export interface ExplainServiceOptions extends ComputingContext {
  readonly queue: WorkQueue;
  readonly logger: Logger;
  /** Who writes attempts into the store. */
  readonly workerName: string;
  readonly concurrency: number;
  /** Hears that the store or the queue is away or has no room; default: it is logged. */
  readonly onOutage?: (error: unknown) => void;
  /** What draws the maps; default `explainShard`. The load simulation puts one here that only pretends to. */
  readonly explain?: typeof explainShard;
}

/**
 * Takes explain tasks: commits maps and predictions, then hands the shard on to the score stage, then acknowledges. Doing
 * a task twice changes nothing; a task of a cancelled, finished or unknown run is acknowledged and skipped.
 */
export function startExplainService(options: ExplainServiceOptions): Promise<Consumer> {
  const { store, queue, logger, workerName, explain = explainShard } = options;
  const announceProgress = createProgressAnnouncer(queue);

  /**
   * What a shard needs, its attempt begun where it is to be explained. Waits while another worker draws the same maps, so that none is
   * drawn twice: only ever for shards that are in hand.
   * @returns undefined when there is nothing to do
   */
  async function claimedContext(shardId: number, signal: AbortSignal): Promise<ShardContext | undefined> {
    for (;;) {
      const context = await store.shards.context(shardId);
      if (context === undefined || context.cancelRequested || context.runState !== 'running') return undefined;
      if (context.shard.state !== 'planned' || (await store.shards.beginAttempt(shardId, 'explain', workerName))) return context;
      await delay(CLAIM_POLL_MS, undefined, { signal });
    }
  }

  return queue.consume({
    stage: 'explain',
    concurrency: options.concurrency,
    async handle({ task, attempt, signal }) {
      const context = await claimedContext(task.shardId, signal);
      if (context === undefined) return;
      const { shard, evaluation, sampleIndices } = context;
      if (shard.state === 'planned') {
        // The last word of a worker that the shard kills.
        logger.debug({ runId: shard.runId, shardId: shard.id, attempt }, 'explaining');
        const started = performance.now();
        const result = await whileClaimed(store, shard.id, () => explain(options, evaluation, sampleIndices, signal));
        await store.shards.completeExplain({
          shardId: shard.id,
          mapSetId: evaluation.mapSetId,
          predictionSetId: evaluation.predictionSetId,
          ...result,
        });
        logger.debug(
          {
            runId: shard.runId,
            shardId: shard.id,
            attempt,
            milliseconds: Math.round(performance.now() - started),
            maps: result.maps.length,
          },
          'explained',
        );
      }
      if (shard.state === 'planned' || shard.state === 'explained') {
        // Each time under an id of its own: NATS may still know the one of a task that it has lost.
        const { runId, id: shardId } = shard;
        await queue.publish([
          { task: { version: MESSAGE_VERSION, stage: 'score', runId, evaluationId: evaluation.id, shardId } },
        ]);
        announceProgress(shard.runId, 'shard-explained');
      }
    },
    isRetryable,
    isOutage,
    onOutage: options.onOutage ?? outageLogger(logger),
    onRetry: retryLogger(logger),
    restAfter: restAfterRefusal,
    onDeadLetter: deadLetterRecorder(options),
  });
}
