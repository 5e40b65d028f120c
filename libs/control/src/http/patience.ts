import { setTimeout as sleep } from 'node:timers/promises';
import { toXaigridError } from '@xaigrid/contracts';

export interface Patience {
  /** Between two attempts. Default 1 s. */
  readonly retryMs?: number;
  /** How long a server that has answered before may be away. Default a minute. */
  readonly awayMs?: number;
}

/** Errors after which the same request may succeed, because the server or its store is being started again. */
const passing = new Set(['SERVER_UNREACHABLE', 'DATABASE_UNREACHABLE', 'QUEUE_UNREACHABLE', 'RATE_LIMITED']);

/**
 * Repeats a request while the server is away, for at most `awayMs`. Use it only for requests that may safely be repeated.
 * @throws the error of the last attempt
 */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  { retryMs = 1_000, awayMs = 60_000, signal }: Patience & { readonly signal?: AbortSignal },
): Promise<Answer> {
  const away = performance.now() + awayMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!passing.has(toXaigridError(error).code) || signal?.aborted === true || performance.now() > away) throw error;
    }
    await sleep(retryMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
