import type { RunEvent, Stage, Task } from '@xaigrid/contracts';

/** A task that a consumer handles. */
export interface Delivery {
  readonly task: Task;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Aborted when the delivery is lost (its lease ended) or the consumer must stop at once. */
  readonly signal: AbortSignal;
}

/** A task that will not be tried again, and why. */
export interface DeadLetter {
  /** The task, if the message could be parsed. */
  readonly task?: Task;
  readonly stage: Stage;
  readonly reason: 'attempts-exhausted' | 'unreadable' | 'refused';
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string };
  /** The raw message, at most 4 KiB of it. */
  readonly payload: Uint8Array;
}

/** How a consumer handles the tasks of one stage. */
export interface ConsumeOptions {
  readonly stage: Stage;
  /** The number of deliveries that this consumer handles at the same time. */
  readonly concurrency: number;
  /**
   * Does the work and commits it. Returning acknowledges the task. Throwing schedules another attempt after a delay; after the
   * last attempt, it makes a dead letter. The lease is kept alive while it runs.
   */
  readonly handle: (delivery: Delivery) => Promise<void>;
  /** Called once per dead letter before it leaves the queue. If it throws, the dead letter is offered again. */
  readonly onDeadLetter: (letter: DeadLetter) => Promise<void>;
  /**
   * False for an error that another attempt cannot fix: the delivery becomes a dead letter `refused` at once. Without this
   * function, every error is worth another attempt.
   */
  readonly isRetryable?: (error: unknown) => boolean;
  /**
   * True for an error that comes from an outage and not from the task. The delivery is given back, which counts as no attempt.
   * This consumer rests before its next delivery, so that another may take it.
   */
  readonly isOutage?: (error: unknown) => boolean;
  /** Called for each such error. */
  readonly onOutage?: (error: unknown) => void;
  /** Called for each failed attempt that another one will follow. */
  readonly onRetry?: (failed: { readonly task: Task; readonly attempt: number; readonly error: unknown }) => void;
  /**
   * The milliseconds that this consumer rests, before its next delivery, after a failed attempt that another will follow. It is
   * longer than the task's own delay, so that another consumer takes the task. Default: no rest.
   */
  readonly restAfter?: (error: unknown, attempt: number) => number;
}

/** A running consumer. */
export interface Consumer {
  /** Takes no new delivery, and waits until those in progress are finished and acknowledged. */
  drain(): Promise<void>;
  /** Like `drain`, but aborts the deliveries in progress. They are given back at once and not after their lease. */
  stop(): Promise<void>;
  /** Resolves once drained or stopped. Rejects if the consumer cannot continue. */
  readonly closed: Promise<void>;
}

/**
 * The numbers of tasks. `inProgress` are tasks leased to consumers. Tasks that wait for their next attempt count as either,
 * depending on what the adapter can tell.
 */
export interface QueueDepth {
  readonly waiting: number;
  readonly inProgress: number;
}

/** What happens at a stage of the queue. */
export interface StageTraffic extends QueueDepth {
  /**
   * The open requests of consumers for a task. If there are none, and no task is in progress, nobody takes tasks of this stage.
   */
  readonly requests: number;
  /** The number of deliveries so far. It grows while tasks are taken. */
  readonly deliveries: number;
}

/** What the queue repaired about itself. */
export interface Mending {
  /** The number of removed messages that no consumer would have delivered. */
  readonly removed: number;
  /** The stages whose consumer was made again: it was missing, delivered nothing, or was past the end of its stream. */
  readonly rebuilt: readonly Stage[];
}

/**
 * At-least-once delivery of tasks, and best-effort events. Postgres holds the truth: if a queue loses everything, the
 * orchestrator publishes it again.
 */
export interface WorkQueue {
  /**
   * Publishes tasks in order. It may ignore a task that is still queued or was published moments ago. A `deduplicationId` repeats
   * only on retries of one publication.
   */
  publish(tasks: readonly { readonly task: Task; readonly deduplicationId?: string }[]): Promise<void>;
  consume(options: ConsumeOptions): Promise<Consumer>;
  depth(stage: Stage): Promise<QueueDepth>;
  traffic(stage: Stage): Promise<StageTraffic>;
  /** How many milliseconds a silent worker keeps a task. Undefined if tasks cannot get lost. */
  readonly leaseMs: number | undefined;
  /** Finds and removes messages that will never be delivered. One process at a time should do so, every third of a lease. */
  mend(): Promise<Mending>;
  /** The unacknowledged tasks of a run, by stage: waiting, resting or in progress. */
  tasksOf(runId: string): Promise<Readonly<Record<Stage, number>>>;
  /**
   * The number of kept dead letters of both stages. JetStream keeps them for two weeks, a queue in memory as long as it exists.
   */
  deadLetters(): Promise<number>;
  /** Drops all waiting tasks of a run, as far as the queue can. Consumers skip the rest, because they ask the store. */
  discard(runId: string): Promise<void>;
  /** Sends an event to the current listeners. It never throws; the event may get lost. */
  announce(event: RunEvent): void;
  /** @returns a function that ends the subscription. */
  listen(onEvent: (event: RunEvent) => void): Promise<() => Promise<void>>;
  /** True while connected. */
  healthy(): boolean;
  close(): Promise<void>;
}
