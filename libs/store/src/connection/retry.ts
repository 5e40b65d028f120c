import { setTimeout as delay } from 'node:timers/promises';
import { databaseFailure, failureKind, toStoreError } from './database-error.js';
import type { DatabaseAddress } from './database-url.js';

/** Waits before another try: together some seconds, the time a Postgres needs to restart. */
const waitsMs = [50, 200, 500, 1000, 2000, 4000];
/** Tries that wait for an answer in vain take long each; the caller has better things to do than to wait for all of them. */
const PATIENCE_MS = 15_000;

/**
 * Runs a database operation, again when it met a conflict (deadlock, serialization) or no connection. When the connection is lost
 * on the way, the operation may have been done: it is only tried again if doing it twice is the same as once.
 * @throws XaigridError always; never what Prisma throws
 */
export type Retry = <Result>(operation: () => Promise<Result>, options?: { readonly idempotent?: boolean }) => Promise<Result>;

export function createRetry(address: DatabaseAddress): Retry {
  return async (operation, options = {}) => {
    const started = performance.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await operation();
      } catch (error) {
        const kind = failureKind(databaseFailure(error));
        const again = kind === 'conflict' || kind === 'unreached' || (kind === 'lost' && (options.idempotent ?? true));
        const wait = waitsMs[attempt];
        if (!again || wait === undefined || performance.now() - started > PATIENCE_MS) throw toStoreError(error, address);
        // Those who collided must not come back at the same moment.
        await delay(wait * (0.5 + Math.random()));
      }
    }
  };
}
