import { reviveError, toXaigridError } from '@xaigrid/contracts';
import type { ConsumeOptions, DeadLetter, WorkQueue } from '@xaigrid/queue';
import type { Store } from '@xaigrid/store';
import type { Logger } from './logger.js';
import { createProgressAnnouncer } from './run-progress.js';

/** Logs an outage that keeps a worker from its work. Its task goes back to the queue. */
export function outageLogger(logger: Logger): (error: unknown) => void {
  return (error) => {
    const { code, message } = toXaigridError(error);
    logger.warn({ code }, `${message} The task is given back.`);
  };
}

/** Logs a failed attempt that another one follows. If the next attempt succeeds, this is the only record of the failure. */
export function retryLogger(logger: Logger): NonNullable<ConsumeOptions['onRetry']> {
  return ({ task: { runId, shardId, stage }, attempt, error }) => {
    const { code, message } = toXaigridError(error);
    logger.warn({ runId, shardId, stage, attempt, code }, `${message} The task is tried again.`);
  };
}

/** Handles a dead letter: logs it, records its shard as failed, and announces that. An unreadable message has no shard. */
export function deadLetterRecorder(parts: {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly logger: Logger;
}): (letter: DeadLetter) => Promise<void> {
  const announceProgress = createProgressAnnouncer(parts.queue);
  return async ({ task, stage, reason, attempts, error }) => {
    parts.logger.error({ reason, code: error.code, task }, error.message);
    if (task === undefined) return;
    const { code, message } = reviveError(error);
    await parts.store.shards.fail(task.shardId, { stage, attempts, code, message });
    announceProgress(task.runId, 'shard-failed');
  };
}
