import { XaigridError, type Task } from '@xaigrid/contracts';
import { createLifecycle, type ConsumerLifecycle } from '../consumer-lifecycle.js';
import type { HandleContext } from '../handle-delivery.js';
import type { HeldDelivery, PlainError } from '../held-delivery.js';
import { encodeTask } from '../task-message.js';
import type { Consumer, QueueDepth, StageTraffic } from '../work-queue.js';
import { createFifo } from './fifo.js';

/**
 * After this many deliveries, the event loop gets a turn. Handlers that stay in the microtask queue would otherwise block timers
 * and signals.
 */
const DELIVERIES_PER_TURN = 256;

interface Entry {
  readonly task: Task;
  /** The number of attempts so far. */
  readonly attempts: number;
  readonly error?: PlainError;
}

interface StageConsumer {
  readonly lifecycle: ConsumerLifecycle;
  readonly concurrency: number;
}

/** The tasks of one stage, and their consumers. */
export interface MemoryStage {
  /** Waits while `capacity` tasks are waiting. */
  readonly push: (task: Task) => Promise<void>;
  readonly consume: (context: HandleContext) => Consumer;
  readonly depth: () => QueueDepth;
  readonly traffic: () => StageTraffic;
  readonly tasksOf: (runId: string) => number;
  readonly discard: (runId: string) => void;
  readonly close: () => Promise<void>;
}

export function createMemoryStage(capacity: number): MemoryStage {
  const ready = createFifo<Entry>();
  const delayed = new Map<NodeJS.Timeout, Entry>();
  const publishers = createFifo<() => void>();
  /** The number of unfinished tasks of each run. */
  const tasksByRun = new Map<string, number>();
  let consumers: readonly StageConsumer[] = [];
  let turn = 0;
  let deliveries = 0;
  let breather: NodeJS.Immediate | undefined;
  let closed = false;

  const waiting = (): number => ready.length() + delayed.size;

  function count({ runId }: Task, change: 1 | -1): void {
    const tasks = (tasksByRun.get(runId) ?? 0) + change;
    if (tasks > 0) tasksByRun.set(runId, tasks);
    else tasksByRun.delete(runId);
  }

  function put(entry: Entry): void {
    if (closed) return;
    ready.push(entry);
    pump();
  }

  function pump(): void {
    while (breather === undefined && ready.length() > 0) {
      const consumer = nextFree();
      if (consumer === undefined) return;
      if (++deliveries % DELIVERIES_PER_TURN === 0) {
        breather = setImmediate(() => {
          breather = undefined;
          pump();
        });
      }
      const entry = ready.shift();
      if (entry !== undefined) void consumer.lifecycle.take(hold(entry)).then(pump);
      admit();
    }
  }

  /** Consumers take turns, so that they share the work. */
  function nextFree(): StageConsumer | undefined {
    for (let left = consumers.length; left > 0; left -= 1) {
      turn = (turn + 1) % consumers.length;
      const consumer = consumers[turn];
      if (consumer?.lifecycle.running() && consumer.lifecycle.inHand() < consumer.concurrency) return consumer;
    }
    return undefined;
  }

  function hold(entry: Entry): HeldDelivery {
    const { task } = entry;
    return {
      attempt: entry.attempts + 1,
      error: entry.error,
      read: () => task,
      payload: () => new TextEncoder().encode(encodeTask(task)),
      // The holder is in the same process as the queue, so a lease ends only when it is given back.
      lost: () => false,
      remove: () => {
        count(task, -1);
        return Promise.resolve();
      },
      retry: (delayMs) => {
        const next = { task, attempts: entry.attempts + 1 };
        if (delayMs > 0) postpone(next, delayMs);
        else put(next);
        return Promise.resolve();
      },
      giveBack: (used) => {
        put({ task, ...used });
        return Promise.resolve();
      },
    };
  }

  function postpone(entry: Entry, delayMs: number): void {
    if (closed) return;
    const timer = setTimeout(() => {
      delayed.delete(timer);
      put(entry);
    }, delayMs);
    delayed.set(timer, entry);
  }

  function admit(): void {
    for (let room = capacity - waiting(); room > 0 && publishers.length() > 0; room -= 1) publishers.shift()?.();
  }

  const depth = (): QueueDepth => ({
    waiting: waiting(),
    inProgress: consumers.reduce((sum, consumer) => sum + consumer.lifecycle.inHand(), 0),
  });

  return {
    async push(task) {
      while (!closed && waiting() >= capacity) await new Promise<void>((resolve) => publishers.push(resolve));
      if (closed) throw closedError();
      count(task, 1);
      put({ task, attempts: 0 });
    },
    consume(context) {
      const lifecycle = createLifecycle(context, () => Promise.resolve());
      const consumer: StageConsumer = { lifecycle, concurrency: context.options.concurrency };
      consumers = [...consumers, consumer];
      void lifecycle.closed.then(() => {
        consumers = consumers.filter((other) => other !== consumer);
      });
      pump();
      return lifecycle;
    },
    depth,
    // A consumer here always requests as much as it can hold.
    traffic: () => ({ ...depth(), requests: consumers.length, deliveries }),
    tasksOf: (runId) => tasksByRun.get(runId) ?? 0,
    discard(runId) {
      ready.keep((entry) => {
        if (entry.task.runId !== runId) return true;
        count(entry.task, -1);
        return false;
      });
      for (const [timer, entry] of delayed) {
        if (entry.task.runId !== runId) continue;
        clearTimeout(timer);
        delayed.delete(timer);
        count(entry.task, -1);
      }
      admit();
    },
    async close() {
      closed = true;
      await Promise.all(consumers.map(({ lifecycle }) => lifecycle.stop()));
      clearImmediate(breather);
      for (const timer of delayed.keys()) clearTimeout(timer);
      delayed.clear();
      ready.keep(() => false);
      for (let next = publishers.shift(); next !== undefined; next = publishers.shift()) next();
    },
  };
}

export function closedError(): XaigridError {
  return new XaigridError('QUEUE_UNREACHABLE', 'The queue is closed; open another one.');
}
