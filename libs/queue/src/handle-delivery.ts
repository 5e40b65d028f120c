import { setTimeout as delay } from 'node:timers/promises';
import type { Task } from '@xaigrid/contracts';
import type { AttemptPolicy } from './attempts.js';
import { diedError, moveToDeadLetters, plainError, type FailedDelivery } from './dead-letter.js';
import type { HeldDelivery, PlainError } from './held-delivery.js';
import { reasonOf, type NoticeListener } from './notice.js';
import type { ConsumeOptions, DeadLetter } from './work-queue.js';

export interface HandleContext {
  readonly options: ConsumeOptions;
  readonly policy: AttemptPolicy;
  readonly notice: NoticeListener;
  readonly keep?: FailedDelivery['keep'];
}

/** How a consumer controls one of its deliveries in progress. */
export interface Hand {
  /** Aborted when the delivery is lost or the consumer must stop at once. */
  readonly signal: () => AbortSignal;
  /** Aborted when the consumer drains or stops. */
  readonly ending: AbortSignal;
  /** True when the consumer must stop at once. */
  readonly stopping: () => boolean;
  /** Settles when the handler's time to react to its signal is over. */
  readonly outOfPatience: Promise<'out of patience'>;
}

type Outcome =
  { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: unknown } | { readonly kind: 'out of patience' };

/**
 * Handles one delivery, in the same way for every adapter: read it, handle it, then remove it, retry it, give it back or make it
 * a dead letter. It never throws. If the queue cannot be told the outcome, a notice says so, and the end of the lease makes the
 * task available again.
 */
export async function handleDelivery(held: HeldDelivery, context: HandleContext, hand: Hand): Promise<void> {
  try {
    await decide(held, context, hand);
  } catch (error) {
    context.notice(`The end of a delivery could not be told to the queue, which will deliver it again: ${reasonOf(error)}.`);
  }
}

async function decide(held: HeldDelivery, context: HandleContext, hand: Hand): Promise<void> {
  const { options, policy, notice } = context;
  const asDeadLetter = (reason: DeadLetter['reason'], attempts: number, error: PlainError, task?: Task): Promise<void> =>
    moveToDeadLetters({
      held,
      options,
      reason,
      attempts,
      error,
      giveUp: hand.ending,
      keep: context.keep,
      notice,
      ...(task && { task }),
    });

  let task: Task;
  try {
    task = held.read();
  } catch (error) {
    return asDeadLetter('unreadable', held.attempt, plainError(error));
  }
  if (held.attempt > policy.maxAttempts) {
    return asDeadLetter('attempts-exhausted', policy.maxAttempts, held.error ?? diedError(policy.maxAttempts), task);
  }

  const outcome = await Promise.race([attempt(held, task, options, hand), outOfPatience(hand)]);
  if (outcome.kind === 'done') return held.remove();
  // Another consumer may hold a lost message, and any word from us would disturb it.
  if (held.lost()) return undefined;
  if (hand.stopping() || outcome.kind === 'out of patience') return held.giveBack({ attempts: held.attempt - 1 });
  if (saysYes(options.isOutage, outcome.error)) {
    options.onOutage?.(outcome.error);
    await held.giveBack({ attempts: held.attempt - 1 });
    return rest(policy.retryDelayMs(1), hand);
  }
  if (!isRetryable(outcome.error, options)) return asDeadLetter('refused', held.attempt, plainError(outcome.error), task);
  if (held.attempt >= policy.maxAttempts)
    return asDeadLetter('attempts-exhausted', held.attempt, plainError(outcome.error), task);
  options.onRetry?.({ task, attempt: held.attempt, error: outcome.error });
  await held.retry(policy.retryDelayMs(held.attempt));
  return rest(options.restAfter?.(outcome.error, held.attempt) ?? 0, hand);
}

/** Takes nothing new for a while. A consumer that is ending does not wait. */
async function rest(milliseconds: number, { ending }: Hand): Promise<void> {
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal: ending }).catch(() => undefined);
}

async function attempt(held: HeldDelivery, task: Task, options: ConsumeOptions, hand: Hand): Promise<Outcome> {
  try {
    await options.handle({
      task,
      attempt: held.attempt,
      get signal() {
        return hand.signal();
      },
    });
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

async function outOfPatience(hand: Hand): Promise<Outcome> {
  return { kind: await hand.outOfPatience };
}

function isRetryable(error: unknown, options: ConsumeOptions): boolean {
  try {
    return options.isRetryable?.(error) ?? true;
  } catch {
    return true;
  }
}

function saysYes(question: ConsumeOptions['isOutage'], error: unknown): boolean {
  try {
    return question?.(error) ?? false;
  } catch {
    return false;
  }
}
