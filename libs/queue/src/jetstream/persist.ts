import { setTimeout as delay } from 'node:timers/promises';
import { XaigridError } from '@xaigrid/contracts';
import { errors } from '@nats-io/transport-node';
import { reasonOf } from '../notice.js';
import type { Link } from './link.js';
import { refusalIn } from './permissions.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export interface Persistence {
  readonly link: Link;
  /** Recreates missing streams and consumers. */
  readonly repair: () => Promise<void>;
  readonly patienceMs: number;
}

/**
 * Repeats an operation until NATS answers, and repairs streams and consumers in between. So a server that restarts, even with
 * lost storage, only causes a delay.
 * @throws XaigridError `QUEUE_UNREACHABLE` if the time is over, the connection is closed or permission is missing
 */
export async function persist<Value>(
  work: () => Promise<Value>,
  what: string,
  { link, repair, patienceMs }: Persistence,
): Promise<Value> {
  const started = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (isFinal(error) || link.connection.isClosed() || performance.now() - started > patienceMs) {
        const where = link.addresses.join(', ');
        const refusal = refusalIn(error);
        const why = refusal?.what ?? reasonOf(error);
        const todo = refusal?.todo ?? 'look at its log and try again';
        throw new XaigridError('QUEUE_UNREACHABLE', `NATS at ${where} could not ${what} (${why}); ${todo}.`, {
          cause: error,
        });
      }
    }
    await delay(pauseMs * (0.5 + Math.random() / 2));
    if (link.online()) await repair().catch(() => undefined);
  }
}

function isFinal(error: unknown): boolean {
  return refusalIn(error) !== undefined || error instanceof errors.ClosedConnectionError || error instanceof XaigridError;
}
