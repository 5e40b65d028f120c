import type { RunEvent, Stage, Task } from '@xaigrid/contracts';

export interface Delivery {
  readonly task: Task;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Aborted when the delivery is lost (its lease ended) or the consumer must stop at once. */
  readonly signal: AbortSignal;
}

export interface DeadLetter {
  /** What was on the queue, as far as it could be understood. */
  readonly task?: Task;
  readonly stage: Stage;
  readonly reason: 'attempts-exhausted' | 'unreadable' | 'refused';
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string };
  /** The raw message, at most 4 KiB of it. */
  readonly payload: Uint8Array;
}

export interface ConsumeOptions {
  readonly stage: Stage;
  /** Deliveries handled at the same time by this consumer. */
  readonly concurrency: number;
  /**
   * Does the work and commits it. Returning acknowledges; throwing schedules another attempt after a delay, or, when attempts
   * are used up, makes a dead letter. A lease is kept alive while it runs.
   */
  readonly handle: (delivery: Delivery) => Promise<void>;
  /** Called once per dead letter before it leaves the queue; when it throws, the dead letter is offered again. */
  readonly onDeadLetter: (letter: DeadLetter) => Promise<void>;
  /**
   * False for an error that another attempt cannot mend: the delivery becomes a dead letter `refused` at once. Without it
   * every error is worth another attempt.
   */
  readonly isRetryable?: (error: unknown) => boolean;
  /**
   * True for an error that tells of an outage and nothing of the task: the delivery is given back, which is no attempt, and
   * this consumer takes a rest before its next delivery, so that another may have it.
   */
  readonly isOutage?: (error: unknown) => boolean;
  /** Hears of each such error. */
  readonly onOutage?: (error: unknown) => void;
  /** Hears of each attempt that failed and that another will follow. */
  readonly onRetry?: (failed: { readonly task: Task; readonly attempt: number; readonly error: unknown }) => void;
  /**
   * Milliseconds that this consumer rests after an attempt that ended in an error and will be followed by another, before its next
   * delivery: longer than the task's own delay, so that another consumer has the task. Default none.
   */
  readonly restAfter?: (error: unknown, attempt: number) => number;
}

/** A running consumer. */
export interface Consumer {
  /** Takes no new delivery, waits for those in hand to finish and be acknowledged. */
  drain(): Promise<void>;
  /** Drains, but aborts the deliveries in hand; they are given back at once, not after their lease. */
  stop(): Promise<void>;
  /** Resolves once drained or stopped; rejects when the consumer cannot go on. */
  readonly closed: Promise<void>;
}

/** `inProgress` are the tasks leased to consumers; tasks waiting for their next attempt count as either, as the adapter can tell. */
export interface QueueDepth {
  readonly waiting: number;
  readonly inProgress: number;
}

/** What goes on at a stage of the queue. */
export interface StageTraffic extends QueueDepth {
  /** Requests for a task that consumers have open. None, and no task in progress: nobody takes tasks of this stage. */
  readonly requests: number;
  /** Deliveries so far; it grows while tasks are taken. */
  readonly deliveries: number;
}

/** What the queue put right of its own. */
export interface Mending {
  /** Messages that no consumer would have delivered any more, removed. */
  readonly removed: number;
  /** Stages whose consumer was made anew: it was missing, delivered nothing, or was past what its stream has. */
  readonly rebuilt: readonly Stage[];
}

/**
 * At-least-once delivery of tasks, and best-effort events. Postgres is the truth: a queue may lose everything and the
 * orchestrator publishes it again.
 */
export interface WorkQueue {
  /** Publishes tasks in order. Publishing a task that is still queued, or was published moments ago, may be ignored: `deduplicationId`s repeat only on retries of one publication. */
  publish(tasks: readonly { readonly task: Task; readonly deduplicationId?: string }[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  depth(stage: Stage): Promise<QueueDepth>;
  traffic(stage: Stage): Promise<StageTraffic>;
  /** How long a task is left to a worker that falls silent; undefined where a task cannot get lost. */
  readonly leaseMs: number | undefined;
  /** Finds and removes what will never be delivered. One process should do so at a time, every third of a lease. */
  mend(): Promise<Mending>;
  /** Tasks of a run that are not acknowledged yet, by stage: waiting, resting or in hand. */
  tasksOf(runId: string): Promise<Readonly<Record<Stage, number>>>;
  /** Dead letters that are kept, of both stages: for two weeks by JetStream, by a queue in memory as long as it lives. */
  deadLetters(): Promise<number>;
  /** Drops all waiting tasks of a run, as far as the queue can; consumers skip the rest by asking the store. */
  discard(runId: string): Promise<void>;
  /** Says an event to whoever listens now. Never throws; may be lost. */
  announce(event: RunEvent): void;
  /** @returns a function that ends the subscription. */
  listen(onEvent: (event: RunEvent) => void): Promise<() => Promise<void>>;
  /** True while connected. */
  healthy(): boolean;
  close(): Promise<void>;
}
