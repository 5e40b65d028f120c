import type { Stage } from '@xaigrid/contracts';
import { isErrorCode } from '@xaigrid/contracts';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers, nanos, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { HeldDelivery, PlainError } from '../held-delivery.js';
import { decodeTask } from '../task-message.js';
import type { Lease } from './lease.js';

const CONFIRM_TIMEOUT_MS = 2_000;
const CONFIRM_TRIES = 3;

/** Headers of a message that was given back: the attempts so far, and the error of the last one. */
const ATTEMPTS_HEADER = 'Xaigrid-Attempts';
const ERROR_HEADER = 'Xaigrid-Error';

const ACKNOWLEDGE = '+ACK';
const WORKING = '+WPI';
const REFUSE = '-NAK';

export interface TaskMessage {
  readonly sequence: number;
  /** Tells the server that the work continues, and waits for its confirmation. */
  readonly sayWorking: (timeoutMs: number) => Promise<unknown>;
  readonly held: (stage: Stage, lease: Lease) => HeldDelivery;
}

/**
 * A message of the stream, and the operations on it. Each operation is a request that the server confirms. For an acknowledgement
 * this is what `ackAck()` does; a confirmed `working()` shows a lost lease.
 */
export function readMessage(message: Msg, connection: NatsConnection, client: JetStreamClient): TaskMessage {
  const address = message.reply ?? '';
  const { deliveries, sequence } = readAcknowledgeAddress(address);
  const before = earlierAttempts(message.headers);
  const say = (word: string, timeout = CONFIRM_TIMEOUT_MS): Promise<unknown> => connection.request(address, word, { timeout });

  const sayFirmly = async (word: string): Promise<void> => {
    for (let tryNumber = 1; ; tryNumber += 1) {
      try {
        await say(word);
        return;
      } catch (error) {
        if (tryNumber === CONFIRM_TRIES) throw error;
      }
    }
  };

  /** A copy carries the true count of attempts, which `nak()` cannot: giving back is not a failed attempt. */
  const giveBack: HeldDelivery['giveBack'] = async (used) => {
    try {
      await client.publish(message.subject, message.data, { headers: givenBackHeaders(used), timeout: CONFIRM_TIMEOUT_MS });
    } catch {
      await say(REFUSE);
      return;
    }
    await sayFirmly(ACKNOWLEDGE);
  };

  return {
    sequence,
    sayWorking: (timeoutMs) => say(WORKING, timeoutMs),
    held(stage, lease) {
      // Once the message is lost, nothing more is sent about it: another consumer may have it.
      const last = async (said: Promise<void>): Promise<void> => {
        await said;
        lease.end();
      };
      return {
        attempt: before.attempts + deliveries,
        error: before.error,
        read: () => decodeTask(message.data, stage),
        payload: () => message.data,
        lost: lease.lost,
        remove: () => last(sayFirmly(ACKNOWLEDGE)),
        retry: (delayMs) => last(sayFirmly(delayMs > 0 ? `${REFUSE} ${JSON.stringify({ delay: nanos(delayMs) })}` : REFUSE)),
        giveBack: (used) => last(giveBack(used)),
      };
    },
  };
}

/**
 * Parses `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.…`, or the form of newer servers with `<domain>.<account>` after
 * `ACK` (NATS ADR-15).
 */
export function readAcknowledgeAddress(address: string): { readonly deliveries: number; readonly sequence: number } {
  const tokens = address.split('.');
  const offset = tokens.length >= 11 ? 2 : 0;
  const [deliveries, sequence] = [tokens[offset + 4], tokens[offset + 5]].map(Number);
  if (tokens[1] !== 'ACK' || !Number.isInteger(deliveries) || !Number.isInteger(sequence)) {
    throw new Error(`"${address}" is not a JetStream acknowledgement address`);
  }
  return { deliveries: deliveries ?? 0, sequence: sequence ?? 0 };
}

function earlierAttempts(found: MsgHdrs | undefined): { readonly attempts: number; readonly error: PlainError | undefined } {
  const attempts = Number(found?.get(ATTEMPTS_HEADER) ?? 0);
  const [code, message] = (found?.get(ERROR_HEADER) ?? '').split(' ', 2);
  return {
    attempts: Number.isInteger(attempts) && attempts > 0 ? attempts : 0,
    error: code !== undefined && isErrorCode(code) ? { code, message: decode(message ?? '') } : undefined,
  };
}

function givenBackHeaders({ attempts, error }: { readonly attempts: number; readonly error?: PlainError }): MsgHdrs {
  const found = headers();
  found.set(ATTEMPTS_HEADER, String(attempts));
  // Encoded, because a header may contain neither line breaks nor characters beyond ASCII.
  if (error !== undefined) found.set(ERROR_HEADER, `${error.code} ${encodeURIComponent(error.message.slice(0, 2_000))}`);
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
