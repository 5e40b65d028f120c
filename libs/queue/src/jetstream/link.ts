import { XaigridError } from '@xaigrid/contracts';
import type { NatsConnection } from '@nats-io/transport-node';
import { reasonOf, type NoticeListener } from '../notice.js';
import { plainReason, refusalIn } from './permissions.js';

/** The state of a connection over time. */
export interface Link {
  readonly connection: NatsConnection;
  readonly addresses: readonly string[];
  readonly online: () => boolean;
  /** @returns a function that ends the subscription */
  readonly onReconnect: (listener: () => void) => () => void;
  /** Resolves if the connection ended permanently although nobody closed it. */
  readonly broken: Promise<XaigridError>;
  readonly close: () => Promise<void>;
}

const FLUSH_PATIENCE_MS = 1_000;

export function followConnection(connection: NatsConnection, addresses: readonly string[], notice: NoticeListener): Link {
  const listeners = new Set<() => void>();
  const where = addresses.join(', ');
  const refusals = new Set<string>();
  let online = true;
  let closing = false;

  const follow = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        online = false;
        if (!closing) notice(`The connection to NATS at ${where} is lost; connecting again until it is back.`);
      } else if (status.type === 'reconnect') {
        online = true;
        notice(`Connected to NATS at ${where} again.`);
        for (const listener of listeners) listener();
      } else if (status.type === 'error') {
        const sentence = `NATS says: ${plainReason(status.error)}.`;
        // Every pull and every acknowledgement is refused again.
        const refused = refusalIn(status.error) !== undefined;
        if (!refused || !refusals.has(sentence)) notice(sentence);
        if (refused) refusals.add(sentence);
      }
    }
  };
  void follow();

  const broken = connection.closed().then((error) => {
    online = false;
    // After `close` nobody listens, so the promise intentionally stays pending.
    if (closing) return new Promise<never>(() => undefined);
    const why = error === undefined ? 'it was closed' : reasonOf(error);
    return new XaigridError(
      'QUEUE_UNREACHABLE',
      `The connection to NATS at ${where} ended for good (${why}); check its login and start again.`,
    );
  });

  return {
    connection,
    addresses,
    online: () => online && !connection.isClosed(),
    onReconnect(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    broken,
    async close() {
      closing = true;
      if (online && !connection.isClosed()) await within(FLUSH_PATIENCE_MS, connection.flush());
      await connection.close();
    },
  };
}

/** Waits for `work`, but at most `milliseconds`. A failure counts as an end. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => undefined), patience]);
  clearTimeout(timer);
}
