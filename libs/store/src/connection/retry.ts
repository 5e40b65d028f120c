import { setTimeout as delay } from 'node:timers/promises';
import { databaseFailure, failureKind, toStoreError } from './database-error.js';
import type { DatabaseAddress } from './database-url.js';

/** The waits before further tries. Together they are some seconds, the time that Postgres needs to restart. */
const waitsMs = [50, 200, 500, 1000, 2000, 4000];
/**
 * No further try begins after this time. A try that waits for an answer in vain takes long, and the caller should not wait for
 * all of them.
 */
const PATIENCE_MS = 15_000;

/**
 * Runs a database operation. It tries again after a conflict (deadlock, serialization) or if no connection was made. If the
 * connection is lost during the operation, the operation may have been done. Then it is tried again only if `idempotent` says
 * that doing it twice is the same as doing it once.
 * @throws XaigridError always; never an error of Prisma
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
        // Processes that collided must not return at the same moment.
        await delay(wait * (0.5 + Math.random()));
      }
    }
  };
}
