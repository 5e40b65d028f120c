import { setTimeout as delay } from 'node:timers/promises';
import { toXaigridError, XaigridError } from '@xaigrid/contracts';
import { isQueueAway } from '@xaigrid/queue';
import { isDatabaseAway } from '@xaigrid/store';

/**
 * The bounds of the pause between two tries. Part of the pause is random, so that many workers do not reconnect at the same
 * moment.
 */
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Connects a service when it starts. It tries again while Postgres or NATS is unreachable. So a service that starts during an
 * outage, or before its database, only waits. An error that waiting does not fix, such as a refused login, is thrown at once.
 * @throws INTERRUPTED when the signal is aborted first, and what `connect` throws
 */
export async function untilReachable<Connection>(
  connect: () => Promise<Connection>,
  options: { readonly signal: AbortSignal; readonly onNotice: (sentence: string) => void },
): Promise<Connection> {
  const { signal, onNotice } = options;
  let noticed = '';
  for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await connect();
    } catch (error) {
      if (signal.aborted || !(isDatabaseAway(error) || isQueueAway(error))) throw error;
      const { code, message } = toXaigridError(error);
      if (message !== noticed) onNotice(`${code}: ${message} Trying again until it is there.`);
      noticed = message;
    }
    await delay(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {
      throw new XaigridError('INTERRUPTED', 'The process was told to end before it had connected.');
    });
  }
}
