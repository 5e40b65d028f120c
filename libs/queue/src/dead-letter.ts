import { setTimeout as delay } from 'node:timers/promises';
import { toXaigridError, XaigridError, type Task } from '@xaigrid/contracts';
import type { HeldDelivery, PlainError } from './held-delivery.js';
import { reasonOf, type NoticeListener } from './notice.js';
import type { ConsumeOptions, DeadLetter } from './work-queue.js';

const MAX_LETTER_PAYLOAD = 4096;
/**
 * The pauses between offers of a dead letter that `onDeadLetter` could not take, for example while the database is unreachable.
 */
const OFFER_PAUSES_MS = [100, 500, 2_000, 10_000];

export interface FailedDelivery {
  readonly held: HeldDelivery;
  readonly options: ConsumeOptions;
  readonly reason: DeadLetter['reason'];
  readonly error: PlainError;
  readonly attempts: number;
  readonly task?: Task;
  /** Aborted when the consumer drains or stops. A letter that cannot be taken is then left to the next consumer. */
  readonly giveUp: AbortSignal;
  /** Keeps a copy for people to look at. A failure is only reported as a notice. */
  readonly keep?: ((letter: DeadLetter, held: HeldDelivery) => Promise<void>) | undefined;
  readonly notice: NoticeListener;
}

/** Offers the letter until it is taken, then removes the message. */
export async function moveToDeadLetters(failed: FailedDelivery): Promise<void> {
  const { held, options, notice } = failed;
  const letter: DeadLetter = {
    ...(failed.task === undefined ? {} : { task: failed.task }),
    stage: options.stage,
    reason: failed.reason,
    attempts: failed.attempts,
    error: failed.error,
    // A copy, because the message is a view of the connection's buffer.
    payload: Uint8Array.from(held.payload().subarray(0, MAX_LETTER_PAYLOAD)),
  };
  for (let offer = 0; !(await taken(letter, options, notice)); offer += 1) {
    const pause = OFFER_PAUSES_MS[Math.min(offer, OFFER_PAUSES_MS.length - 1)];
    if (!failed.giveUp.aborted) await delay(pause, undefined, { signal: failed.giveUp }).catch(() => undefined);
    // Another consumer may hold a lost message and must deal with it.
    if (held.lost()) return;
    if (failed.giveUp.aborted) return held.giveBack({ attempts: failed.attempts, error: failed.error });
  }
  await failed.keep?.(letter, held).catch((error: unknown) => notice(`A dead letter could not be kept: ${reasonOf(error)}.`));
  await held.remove();
}

async function taken(letter: DeadLetter, options: ConsumeOptions, notice: NoticeListener): Promise<boolean> {
  try {
    await options.onDeadLetter(letter);
    return true;
  } catch (error) {
    notice(`A dead letter could not be recorded and will be offered again: ${reasonOf(error)}.`);
    return false;
  }
}

export function plainError(error: unknown): PlainError {
  const { code, message } = toXaigridError(error);
  return { code, message };
}

/** The error of a task whose last attempt ended because its worker died. */
export function diedError(attempts: number): PlainError {
  const error = new XaigridError(
    'INTERRUPTED',
    `The worker died or lost its lease in the last of ${attempts} attempts; look at its memory limit, then resume the run.`,
  );
  return { code: error.code, message: error.message };
}
