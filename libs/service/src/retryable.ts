import { toXaigridError } from '@xaigrid/contracts';

/**
 * Whether an error comes from an outage around the work and not from the work itself: Postgres or NATS is unreachable, or has no
 * space.
 */
export function isOutage(error: unknown): boolean {
  return toXaigridError(error).retry === 'outage';
}

/**
 * Whether another attempt at a task may help. An error that the same model, data and parameters would give again fails the task
 * at once.
 */
export function isRetryable(error: unknown): boolean {
  return toXaigridError(error).retry !== 'never';
}
