import { setTimeout as delay } from 'node:timers/promises';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import { createLifecycle, type ConsumerLifecycle } from '../consumer-lifecycle.js';
import type { HandleContext } from '../handle-delivery.js';
import { keepLease } from './lease.js';
import type { Link } from './link.js';
import { readMessage } from './message.js';
import type { Names } from './names.js';
import { plainReason } from './permissions.js';
import { pullMessages } from './pull.js';

/** How long a pull stays with the server. An idle consumer sends one request per this time, and draining takes this long. */
const PULL_EXPIRES_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

export interface JetStreamConsumerOptions {
  readonly link: Link;
  readonly client: JetStreamClient;
  readonly names: Names;
  readonly ackWaitMs: number;
  readonly repair: () => Promise<void>;
  readonly context: HandleContext;
}

/**
 * Pulls as many messages as it can still handle and no more, because messages that wait in this process are not available to
 * others. Slots that become free in the same turn of the event loop are requested together: one request for 50 messages costs the
 * same as one for a single message.
 */
export function startConsumer(options: JetStreamConsumerOptions): ConsumerLifecycle {
  const { link, context } = options;
  const { concurrency } = context.options;
  /** The requested messages that have not arrived, and those in progress. Each takes one slot. */
  let asked = 0;
  let held = 0;
  let failures = 0;
  let turn: NodeJS.Immediate | undefined;
  const atWork = new Set<Promise<void>>();
  const lifecycle = createLifecycle(context, settled);

  async function settled(): Promise<void> {
    clearImmediate(turn);
    while (atWork.size > 0) await Promise.all(atWork);
  }

  function follow(work: Promise<void>): void {
    atWork.add(work);
    void work.then(() => atWork.delete(work));
  }

  /** Requests again after everything that happens in this turn of the event loop. */
  function schedule(): void {
    if (lifecycle.running()) turn ??= setImmediate(ask);
  }

  function ask(): void {
    turn = undefined;
    const batch = concurrency - held - asked;
    if (batch > 0 && lifecycle.running()) follow(pull(batch));
  }

  async function pull(batch: number): Promise<void> {
    let left = batch;
    asked += batch;
    try {
      const end = await pullMessages({
        connection: link.connection,
        stream: options.names.tasksStream,
        consumer: options.names.consumer(context.options.stage),
        ...{ batch, expiresMs: PULL_EXPIRES_MS },
        onMessage(message) {
          left -= 1;
          asked -= 1;
          follow(handle(message));
        },
        // If the server is unreachable, it has forgotten the request, and there is no answer to wait for.
        abandoned: link.online() ? lifecycle.stopping : lifecycle.ending,
        onReconnect: link.onReconnect,
      });
      if (end.kind === 'interrupted') await react(end.reason);
      failures = 0;
    } catch (error) {
      await recover(error);
    }
    asked -= left;
    schedule();
  }

  async function react(reason: string): Promise<void> {
    if (reason.startsWith('409')) throw new Error(reason);
    if (lifecycle.running()) await options.repair();
  }

  async function recover(error: unknown): Promise<void> {
    failures += 1;
    if (failures === 1)
      context.notice(`A ${context.options.stage} consumer could not take a task and tries again: ${plainReason(error)}.`);
    await pause(failures, lifecycle.ending);
    if (lifecycle.running() && link.online()) await options.repair().catch(() => undefined);
  }

  async function handle(message: Msg): Promise<void> {
    held += 1;
    await handleMessage(message, options, lifecycle).catch((error: unknown) =>
      context.notice(`A message of the ${context.options.stage} stage could not be read: ${plainReason(error)}.`),
    );
    held -= 1;
    schedule();
  }

  schedule();
  void link.broken.then((error) => lifecycle.fail(error));
  return lifecycle;
}

async function handleMessage(message: Msg, options: JetStreamConsumerOptions, lifecycle: ConsumerLifecycle): Promise<void> {
  const task = readMessage(message, options.link.connection, options.client);
  const lease = keepLease({ ackWaitMs: options.ackWaitMs, sayWorking: task.sayWorking });
  const held = task.held(options.context.options.stage, lease);
  try {
    if (lifecycle.running()) await lifecycle.take(held, lease.signal);
    else await held.giveBack({ attempts: held.attempt - 1 });
  } finally {
    lease.end();
  }
}

async function pause(failures: number, ending: AbortSignal): Promise<void> {
  const longest = Math.min(100 * 2 ** failures, LONGEST_PAUSE_MS);
  await delay(longest * (0.5 + Math.random() / 2), undefined, { signal: ending }).catch(() => undefined);
}
