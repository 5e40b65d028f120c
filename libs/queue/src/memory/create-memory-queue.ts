import { stages, XaigridError, type RunEvent, type Stage } from '@xaigrid/contracts';
import { attemptPolicy, type AttemptOptions } from '../attempts.js';
import { checkConcurrency } from '../concurrency.js';
import { reasonOf, type NoticeListener } from '../notice.js';
import { checkedTask } from '../task-message.js';
import type { WorkQueue } from '../work-queue.js';
import { createDuplicates } from './duplicates.js';
import { closedError, createMemoryStage, type MemoryStage } from './stage.js';

/** The options of a queue in memory. */
export interface MemoryQueueOptions extends AttemptOptions {
  /** The tasks that may wait per stage before `publish` waits for consumers. Default 100 000 (about 20 MB). */
  readonly capacity?: number;
  /** How many milliseconds a `deduplicationId` is remembered. Default 2 minutes, as in JetStream. */
  readonly deduplicationWindowMs?: number;
  readonly onNotice?: NoticeListener;
}

/**
 * The work queue of one process. Its tasks end with the process. Attempts, dead letters, drain and stop are the same as in the
 * JetStream adapter. A delivery is lost only by `stop`, because its holder lives and dies with the queue. No timer remains after
 * `close`.
 */
export function createMemoryQueue(options: MemoryQueueOptions = {}): WorkQueue {
  const policy = attemptPolicy(options);
  const notice = options.onNotice ?? (() => undefined);
  const capacity = options.capacity ?? 100_000;
  if (!(capacity >= 1))
    throw new XaigridError('ENVIRONMENT_INVALID', `The queue's capacity is ${capacity}; it must be at least 1.`);
  const byStage = new Map<Stage, MemoryStage>(stages.map((stage) => [stage, createMemoryStage(capacity)]));
  const duplicates = createDuplicates({ windowMs: options.deduplicationWindowMs ?? 120_000, now: () => performance.now() });
  const listeners = new Set<(event: RunEvent) => void>();
  let closing: Promise<void> | undefined;
  let letters = 0;
  const keep = (): Promise<void> => {
    letters += 1;
    return Promise.resolve();
  };

  function stageOf(stage: Stage): MemoryStage {
    const found = byStage.get(stage);
    if (closing !== undefined || found === undefined) throw closedError();
    return found;
  }

  function tell(listener: (event: RunEvent) => void, event: RunEvent): void {
    try {
      if (listeners.has(listener)) listener(event);
    } catch (error) {
      notice(`A listener failed on an event: ${reasonOf(error)}.`);
    }
  }

  return {
    async publish(tasks) {
      // Checked before the first is published, so that a refused publication leaves nothing behind.
      const checked = tasks.map(({ task, deduplicationId }) => ({ task: checkedTask(task), deduplicationId }));
      for (const { task, deduplicationId } of checked) {
        const stage = stageOf(task.stage);
        if (deduplicationId === undefined || !duplicates.seen(deduplicationId)) await stage.push(task);
      }
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- async, so that errors arrive as rejections, as the port says
    async consume(consumeOptions) {
      checkConcurrency(consumeOptions.concurrency);
      return stageOf(consumeOptions.stage).consume({ options: consumeOptions, policy, notice, keep });
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async depth(stage) {
      return stageOf(stage).depth();
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async traffic(stage) {
      return stageOf(stage).traffic();
    },
    leaseMs: undefined,
    mend: () => Promise.resolve({ removed: 0, rebuilt: [] }),
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    async tasksOf(runId) {
      return { explain: stageOf('explain').tasksOf(runId), score: stageOf('score').tasksOf(runId) };
    },
    deadLetters: () => Promise.resolve(letters),
    discard(runId) {
      for (const stage of byStage.values()) stage.discard(runId);
      return Promise.resolve();
    },
    announce(event) {
      if (closing !== undefined) return;
      for (const listener of listeners) queueMicrotask(() => tell(listener, event));
    },
    listen(onEvent) {
      // One wrapper per call: the same function may listen twice, and each subscription ends by itself.
      const listener = (event: RunEvent): void => onEvent(event);
      listeners.add(listener);
      return Promise.resolve(() => {
        listeners.delete(listener);
        return Promise.resolve();
      });
    },
    healthy: () => closing === undefined,
    close() {
      listeners.clear();
      closing ??= Promise.all([...byStage.values()].map((stage) => stage.close())).then(() => undefined);
      return closing;
    },
  };
}
