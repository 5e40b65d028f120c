import { createInbox, nanos, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { within } from './link.js';

/** How much longer than the server we wait for its answer that there was nothing. */
const ANSWER_MARGIN_MS = 2_000;
const DRAIN_PATIENCE_MS = 1_000;

export interface PullRequest {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly consumer: string;
  /** The number of wanted messages. They arrive one by one, as they become available. */
  readonly batch: number;
  readonly onMessage: (message: Msg) => void;
  /** How long the server keeps the request. */
  readonly expiresMs: number;
  /**
   * Ends the pull early. A message that the server was just handing over may then reach nobody until its lease has ended, which
   * counts as an attempt. A caller that can wait `expiresMs` should wait for the answer instead.
   */
  readonly abandoned: AbortSignal;
  /** Needed because the server forgets the request at a reconnection. */
  readonly onReconnect: (listener: () => void) => () => void;
}

/** Why this pull gives no more messages. */
export type PullEnd =
  /** All have arrived, or there were no more in time. */
  | { readonly kind: 'over' }
  /** There was no answer, or one that says that the consumer is gone. It may have to be made again. */
  | { readonly kind: 'interrupted'; readonly reason: string };

/**
 * Pulls messages with the wire protocol of `consumer.fetch()`, with two differences. It always ends with the server's answer if
 * one can be had: the server checks for interest first and sends a moment later, so unsubscribing in between would make a message
 * vanish. And it has no client-side heartbeat: after an event loop that was busy for seconds, a heartbeat would take the server
 * for dead and drop the message that has just arrived.
 */
export function pullMessages(request: PullRequest): Promise<PullEnd> {
  const { connection, abandoned, batch, expiresMs } = request;
  return new Promise((resolve, reject) => {
    const inbox = createInbox();
    let left = batch;
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) fail(error);
        // Statuses arrive at the inbox itself, messages under their own subject.
        else if (message.subject === inbox) settle(readStatus(message));
        else {
          left -= 1;
          request.onMessage(message);
          if (left === 0) settle({ kind: 'over' });
        }
      },
    });
    const end = (pulled: PullEnd): void => {
      void within(DRAIN_PATIENCE_MS, subscription.drain()).then(() => settle(pulled));
    };
    const onAbandoned = (): void => end({ kind: 'over' });
    const timer = setTimeout(() => end({ kind: 'interrupted', reason: 'no answer' }), expiresMs + ANSWER_MARGIN_MS);
    const offReconnect = request.onReconnect(() => end({ kind: 'interrupted', reason: 'connected again' }));
    abandoned.addEventListener('abort', onAbandoned, { once: true });

    function finish(): void {
      clearTimeout(timer);
      offReconnect();
      abandoned.removeEventListener('abort', onAbandoned);
      if (!subscription.isClosed()) subscription.unsubscribe();
    }
    function settle(pulled: PullEnd): void {
      finish();
      resolve(pulled);
    }
    function fail(error: Error): void {
      finish();
      reject(error);
    }

    const body = JSON.stringify({ batch, expires: nanos(expiresMs) });
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${request.stream}.${request.consumer}`, body, { reply: inbox });
    if (abandoned.aborted) onAbandoned();
  });
}

function readStatus(message: Msg): PullEnd {
  const code = message.headers?.code ?? 0;
  if (code === 404 || code === 408) return { kind: 'over' };
  return { kind: 'interrupted', reason: `${code} ${message.headers?.description ?? ''}`.trim() };
}
