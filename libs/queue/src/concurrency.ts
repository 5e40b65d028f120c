import { XaigridError } from '@xaigrid/contracts';

/**
 * Checks the number of deliveries that a consumer handles at once.
 * @throws XaigridError `ENVIRONMENT_INVALID`
 */
export function checkConcurrency(concurrency: number): void {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new XaigridError(
      'ENVIRONMENT_INVALID',
      `A consumer's concurrency is ${concurrency}; it must be a whole number of at least 1.`,
    );
  }
}
