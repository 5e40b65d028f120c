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
import { pullOne } from './pull.js';

/** How long an idle pull stays with the server: idling costs one request per slot in so many milliseconds, draining takes so long. */
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

/** As many slots as the consumer's concurrency; each pulls one message, handles it, and pulls the next. */
export function startConsumer(options: JetStreamConsumerOptions): ConsumerLifecycle {
  const { link, context } = options;
  const lifecycle = createLifecycle(context, () => Promise.all(slots).then(() => undefined));
  // The slots start after the lifecycle is whole.
  const slots = Array.from({ length: context.options.concurrency }, () =>
    Promise.resolve().then(() => runSlot(options, lifecycle)),
  );
  void link.broken.then((error) => lifecycle.fail(error));
  return lifecycle;
}

async function runSlot(options: JetStreamConsumerOptions, lifecycle: ConsumerLifecycle): Promise<void> {
  const { link, names, context } = options;
  const { stage } = context.options;
  for (let failures = 0; lifecycle.running();) {
    try {
      const pulled = await pullOne({
        connection: link.connection,
        stream: names.tasksStream,
        consumer: names.consumer(stage),
        expiresMs: PULL_EXPIRES_MS,
        // A server that is away has forgotten the request; there is no answer to wait for.
        abandoned: link.online() ? lifecycle.stopping : lifecycle.ending,
        onReconnect: link.onReconnect,
      });
      if (pulled.kind === 'silence') {
        if (pulled.reason.startsWith('409')) throw new Error(pulled.reason);
        if (lifecycle.running()) await options.repair();
      } else if (pulled.kind === 'message') {
        await handle(pulled.message, options, lifecycle);
      }
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1) context.notice(`A ${stage} consumer could not take a task and tries again: ${plainReason(error)}.`);
      await pause(failures, lifecycle.ending);
      if (lifecycle.running() && link.online()) await options.repair().catch(() => undefined);
    }
  }
}

async function handle(message: Msg, options: JetStreamConsumerOptions, lifecycle: ConsumerLifecycle): Promise<void> {
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
