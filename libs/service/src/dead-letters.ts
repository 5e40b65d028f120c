import { reviveError, toXaigridError } from '@xaigrid/contracts';
import type { DeadLetter, WorkQueue } from '@xaigrid/queue';
import type { Store } from '@xaigrid/store';
import type { Logger } from './logger.js';
import { createProgressAnnouncer } from './run-progress.js';

/** Logs what keeps a worker from its work; its task goes back to the queue. */
export function outageLogger(logger: Logger): (error: unknown) => void {
  return (error) => {
    const { code, message } = toXaigridError(error);
    logger.warn({ code }, `${message} The task is given back.`);
  };
}

/** What to do with a dead letter: log it, record its shard as failed, and say so. An unreadable message has no shard. */
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
