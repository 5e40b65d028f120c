import { setTimeout as delay } from 'node:timers/promises';
import { toXaigridError } from '@xaigrid/contracts';
import type { WorkQueue } from '@xaigrid/queue';
import type { Logger } from '@xaigrid/service';

/** The kinds of repairs to the queue that are counted since the process started. */
export const mendings = ['republishedShards', 'removedMessages', 'rebuiltConsumers'] as const;
export type MendingKind = (typeof mendings)[number];

/** Counts repairs to the queue. */
export interface MendingTally {
  count(kind: MendingKind, times: number): void;
  read(): Readonly<Record<MendingKind, number>>;
}

export function createMendingTally(): MendingTally {
  const counts = { republishedShards: 0, removedMessages: 0, rebuiltConsumers: 0 };
  return {
    count(kind, times) {
      counts[kind] += times;
    },
    read: () => ({ ...counts }),
  };
}

const SHORTEST_PAUSE_MS = 500;

/** Repairs the queue every third of a lease until the signal is aborted. It never throws: what fails is tried again next time. */
export async function keepMending(options: {
  readonly queue: Pick<WorkQueue, 'mend' | 'leaseMs' | 'healthy'>;
  readonly logger: Logger;
  readonly tally: MendingTally;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { queue, logger, tally, signal } = options;
  const { leaseMs } = queue;
  if (leaseMs === undefined) return;
  const ended = (): boolean => signal.aborted;
  let complaint = '';
  while (!ended()) {
    await delay(Math.max(SHORTEST_PAUSE_MS, leaseMs / 3), undefined, { signal }).catch(() => undefined);
    if (ended() || !queue.healthy()) continue;
    try {
      const { removed, rebuilt } = await queue.mend();
      tally.count('removedMessages', removed);
      tally.count('rebuiltConsumers', rebuilt.length);
      if (removed > 0) logger.warn({ messages: removed }, 'removed messages that no consumer would have delivered any more');
      for (const stage of rebuilt) logger.warn({ stage }, 'made a consumer anew that delivered nothing');
      complaint = '';
    } catch (error) {
      const { message } = toXaigridError(error);
      if (message !== complaint) logger.warn(`The queue could not be looked through: ${message}`);
      complaint = message;
    }
  }
}
