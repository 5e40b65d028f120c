import { MESSAGE_VERSION, type Stage, type Task } from '@xaigrid/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConsumeOptions, Consumer, DeadLetter, Delivery, WorkQueue } from '../src/index.js';

export function taskNumber(shardId: number, { stage = 'explain', runId = 'run' }: { stage?: Stage; runId?: string } = {}): Task {
  return { version: MESSAGE_VERSION, stage, runId, evaluationId: 0, shardId };
}

export function tasksNumbered(count: number, where: { stage?: Stage; runId?: string } = {}): { task: Task }[] {
  return Array.from({ length: count }, (_, shardId) => ({ task: taskNumber(shardId, where) }));
}

export interface Recorder {
  readonly deliveries: Delivery[];
  readonly letters: DeadLetter[];
  readonly consumer: Consumer;
  readonly shards: () => number[];
}

/** A consumer that notes what it gets. */
export async function record(queue: WorkQueue, options: Partial<ConsumeOptions> = {}): Promise<Recorder> {
  const deliveries: Delivery[] = [];
  const letters: DeadLetter[] = [];
  const consumer = await queue.consume({
    stage: 'explain',
    concurrency: 1,
    ...options,
    async handle(delivery) {
      deliveries.push(delivery);
      await options.handle?.(delivery);
    },
    async onDeadLetter(letter) {
      letters.push(letter);
      await options.onDeadLetter?.(letter);
    },
  });
  return { deliveries, letters, consumer, shards: () => deliveries.map(({ task }) => task.shardId).sort((a, b) => a - b) };
}

/** Waits for a condition, generously: tests assert what happens, not how fast. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 10) {
    if (waited > 40_000) throw new Error(`Waited in vain until ${what}.`);
    await delay(10);
  }
}

/** A gate that handlers wait at. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
