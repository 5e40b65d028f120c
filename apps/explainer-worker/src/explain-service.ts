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

/** How often a worker asks whether another one has finished the same maps. */
const CLAIM_POLL_MS = 250;

export interface ExplainServiceOptions extends ComputingContext {
  readonly queue: WorkQueue;
  readonly logger: Logger;
  /** The name of the worker that attempts are stored under. */
  readonly workerName: string;
  readonly concurrency: number;
  /** Called when the store or the queue is unreachable or out of space. Default: it is logged. */
  readonly onOutage?: (error: unknown) => void;
  /** Draws the maps. Default `explainShard`; the load simulation passes a function that only pretends to. */
  readonly explain?: typeof explainShard;
}

/**
 * Takes explain tasks: it commits maps and predictions, hands the shard on to the score stage, and then acknowledges the task. A
 * task that is done twice changes nothing. A task of a cancelled, finished or unknown run is acknowledged and skipped.
 */
export function startExplainService(options: ExplainServiceOptions): Promise<Consumer> {
  const { store, queue, logger, workerName, explain = explainShard } = options;
  const announceProgress = createProgressAnnouncer(queue);

  /**
   * The data of a shard, with its attempt begun if it must be explained. It waits while another worker draws the same maps, so
   * that none is drawn twice. Only shards in progress are waited for.
   * @returns undefined if there is nothing to do
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
        // The last log line of a worker that dies on the shard.
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
        // A new id each time, because NATS may still know the id of a task that it has lost.
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
