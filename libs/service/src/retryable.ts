import { toXaigridError } from '@xaigrid/contracts';

/** Whether an error tells of an outage around the work and nothing of the work itself: Postgres or NATS is away, or has no room. */
export function isOutage(error: unknown): boolean {
  return toXaigridError(error).retry === 'outage';
}

/** Whether another attempt at a task may help. What the same model, data and parameters would give again fails at once. */
export function isRetryable(error: unknown): boolean {
  return toXaigridError(error).retry !== 'never';
}
