import { XaigridError } from '@xaigrid/contracts';

/** How often a task is tried, and how long it rests in between. */
export interface AttemptOptions {
  /** Deliveries a task gets before it becomes a dead letter; default 5. */
  readonly maxAttempts?: number;
  /** Milliseconds to wait after the 1st, 2nd, … failed attempt; the last one is used for all further ones. */
  readonly retryDelaysMs?: readonly number[];
}

export interface AttemptPolicy {
  readonly maxAttempts: number;
  readonly retryDelayMs: (failedAttempt: number) => number;
}

const defaultRetryDelaysMs = [1_000, 5_000, 15_000, 60_000];

/** @throws XaigridError `ENVIRONMENT_INVALID` for counts and delays that make no sense. */
export function attemptPolicy({ maxAttempts = 5, retryDelaysMs = defaultRetryDelaysMs }: AttemptOptions): AttemptPolicy {
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new XaigridError('ENVIRONMENT_INVALID', `maxAttempts is ${maxAttempts}; it must be a whole number of at least 1.`);
  }
  if (retryDelaysMs.some((delay) => !Number.isFinite(delay) || delay < 0)) {
    throw new XaigridError('ENVIRONMENT_INVALID', 'retryDelaysMs must be milliseconds of at least 0, for example [1000, 5000].');
  }
  return {
    maxAttempts,
    retryDelayMs: (failedAttempt) => retryDelaysMs[Math.min(failedAttempt, retryDelaysMs.length) - 1] ?? 0,
  };
}
