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
import { scoreShard, type ComputingContext } from '@xaigrid/shards';

export interface ScoreServiceOptions extends ComputingContext {
  readonly queue: WorkQueue;
  readonly logger: Logger;
  readonly workerName: string;
  readonly concurrency: number;
  /** Called when the store or the queue is unreachable or out of space. Default: it is logged. */
  readonly onOutage?: (error: unknown) => void;
  /** Scores the maps. Default `scoreShard`; the load simulation passes a function that only pretends to. */
  readonly score?: typeof scoreShard;
}

/**
 * Takes score tasks: it commits scores and then acknowledges the task. A task that is done twice changes nothing. A task of a
 * cancelled, finished or unknown run is acknowledged and skipped. So is a task whose shard has no maps yet, because its explain
 * task will publish it again.
 */
export function startScoreService(options: ScoreServiceOptions): Promise<Consumer> {
  const { store, queue, logger, workerName, score = scoreShard } = options;
  const announceProgress = createProgressAnnouncer(queue);
  return queue.consume({
    stage: 'score',
    concurrency: options.concurrency,
    async handle({ task, attempt, signal }) {
      const context = await store.shards.context(task.shardId);
      if (context?.shard.state !== 'explained' || context.cancelRequested || context.runState !== 'running') return;
      const { shard, evaluation, sampleIndices } = context;
      await store.shards.beginAttempt(shard.id, 'score', workerName);
      logger.debug({ runId: shard.runId, shardId: shard.id, attempt }, 'scoring');
      const started = performance.now();
      const result = await whileClaimed(store, shard.id, () => score(options, evaluation, sampleIndices, signal));
      await store.shards.completeScore({ shardId: shard.id, ...result });
      logger.debug(
        {
          runId: shard.runId,
          shardId: shard.id,
          attempt,
          milliseconds: Math.round(performance.now() - started),
          scores: result.computed,
        },
        'scored',
      );
      announceProgress(shard.runId, 'shard-scored');
    },
    isRetryable,
    isOutage,
    onOutage: options.onOutage ?? outageLogger(logger),
    onRetry: retryLogger(logger),
    restAfter: restAfterRefusal,
    onDeadLetter: deadLetterRecorder(options),
  });
}
