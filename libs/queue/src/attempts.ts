import { XaigridError } from '@xaigrid/contracts';

/** How often a task is tried, and how long it waits between tries. */
export interface AttemptOptions {
  /** The deliveries of a task before it becomes a dead letter. Default 5. */
  readonly maxAttempts?: number;
  /** The milliseconds to wait after the 1st, 2nd, … failed attempt. The last number applies to all further attempts. */
  readonly retryDelaysMs?: readonly number[];
}

export interface AttemptPolicy {
  readonly maxAttempts: number;
  readonly retryDelayMs: (failedAttempt: number) => number;
}

const defaultRetryDelaysMs = [1_000, 5_000, 15_000, 60_000];

/**
 * The policy with defaults filled in.
 * @throws XaigridError `ENVIRONMENT_INVALID` for invalid counts and delays.
 */
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
