import { stages, XaigridError, type Stage } from '@xaigrid/contracts';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { attemptPolicy } from '../attempts.js';
import { checkConcurrency } from '../concurrency.js';
import type { ConsumerLifecycle } from '../consumer-lifecycle.js';
import { assertSubjectToken } from '../task-message.js';
import type { StageTraffic, WorkQueue } from '../work-queue.js';
import { connectToNats } from './connect.js';
import { startConsumer } from './consumer.js';
import { keepDeadLetter } from './dead-letters.js';
import { announceEvent, listenToEvents } from './events.js';
import { followConnection } from './link.js';
import { createMender } from './mend.js';
import { namesFor } from './names.js';
import type { JetStreamQueueOptions } from './options.js';
import { persist } from './persist.js';
import { publishTasks } from './publisher.js';
import { canPurgeByRun } from './server-version.js';
import { ensureTopology, singleFlight, type TopologyOptions } from './topology.js';
import { unreachableError } from './unreachable.js';

const SHORTEST_ACK_WAIT_MS = 300;

/**
 * A work queue on NATS JetStream, server 2.9.10 or newer: one work-queue stream for all tasks, one durable consumer per stage,
 * and a separate stream for dead letters. It makes missing streams. Once open, it survives restarts of the server, even with lost
 * storage. Then the tasks are lost too, and the orchestrator publishes them again.
 *
 * @throws XaigridError `QUEUE_UNREACHABLE` (host, reason, what to do; no login), `ENVIRONMENT_INVALID` (options), `INTERRUPTED`
 * (signal)
 */
export async function createJetStreamQueue(options: JetStreamQueueOptions): Promise<WorkQueue> {
  const policy = attemptPolicy(options);
  const names = namesFor(options.prefix);
  const notice = options.onNotice ?? (() => undefined);
  const ackWaitMs = options.ackWaitMs ?? 60_000;
  if (!(ackWaitMs >= SHORTEST_ACK_WAIT_MS)) {
    throw new XaigridError('ENVIRONMENT_INVALID', `ackWaitMs is ${ackWaitMs}; it must be at least ${SHORTEST_ACK_WAIT_MS}.`);
  }
  const topology = { names, ackWaitMs, replicas: options.replicas ?? 1 };
  const { connection, addresses } = await connectToNats(options);
  const manager = await openManager(connection, addresses, topology);
  const client = manager.jetstream();
  const link = followConnection(connection, addresses, notice);
  const repair = singleFlight(() => ensureTopology(manager, topology));
  const persistence = { link, repair, patienceMs: options.patienceMs ?? 60_000 };
  const mend = createMender({ manager, names, ackWaitMs, repair });
  const consumers = new Set<ConsumerLifecycle>();
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing !== undefined) throw new XaigridError('QUEUE_UNREACHABLE', 'The queue is closed; open another one.');
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
    await link.close();
  }

  async function trafficOf(stage: Stage): Promise<StageTraffic> {
    const lookUp = () => manager.consumers.info(names.tasksStream, names.consumer(stage));
    const info = await persist(lookUp, `say how many ${stage} tasks wait`, persistence);
    const { num_pending: waiting, num_ack_pending: inProgress, num_waiting: requests, delivered } = info;
    return { waiting, inProgress, requests, deliveries: delivered.consumer_seq };
  }

  return {
    leaseMs: ackWaitMs,
    async publish(tasks) {
      assertOpen();
      await publishTasks(tasks, { client, names, persistence });
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- async, so that errors arrive as rejections, as the port says
    async consume(consumeOptions) {
      assertOpen();
      checkConcurrency(consumeOptions.concurrency);
      const context = { options: consumeOptions, policy, notice, keep: keepDeadLetterOf };
      const consumer = startConsumer({ link, client, names, ackWaitMs, repair, context });
      consumers.add(consumer);
      const forget = (): boolean => consumers.delete(consumer);
      void consumer.closed.then(forget, forget);
      return consumer;
    },
    async depth(stage) {
      assertOpen();
      const { waiting, inProgress } = await trafficOf(stage);
      return { waiting, inProgress };
    },
    async traffic(stage) {
      assertOpen();
      return trafficOf(stage);
    },
    async mend() {
      assertOpen();
      return mend();
    },
    async tasksOf(runId) {
      assertOpen();
      assertSubjectToken(runId);
      const lookUp = () => manager.streams.info(names.tasksStream, { subjects_filter: names.runSubjects(runId) });
      const { state } = await persist(lookUp, `say how many tasks run ${runId} has`, persistence);
      const count = (stage: Stage): number => state.subjects?.[names.taskSubject(stage, runId)] ?? 0;
      return { explain: count('explain'), score: count('score') };
    },
    async deadLetters() {
      assertOpen();
      const lookUp = () => manager.streams.info(names.deadLettersStream);
      return (await persist(lookUp, 'say how many dead letters it keeps', persistence)).state.messages;
    },
    async discard(runId) {
      assertOpen();
      assertSubjectToken(runId);
      if (!canPurgeByRun(connection.info?.version)) return;
      for (const stage of stages) {
        const purge = () => manager.streams.purge(names.tasksStream, { filter: names.taskSubject(stage, runId) });
        await persist(purge, `drop the tasks of run ${runId}`, persistence);
      }
    },
    announce: (event) => announceEvent(event, link, names, notice),
    async listen(onEvent) {
      assertOpen();
      return listenToEvents(onEvent, link, names, notice);
    },
    healthy: () => closing === undefined && link.online(),
    close() {
      closing ??= closeAll();
      return closing;
    },
  };

  function keepDeadLetterOf(letter: Parameters<typeof keepDeadLetter>[0]): Promise<void> {
    return keepDeadLetter(letter, client, names);
  }
}

async function openManager(
  connection: NatsConnection,
  addresses: readonly string[],
  topology: TopologyOptions,
): Promise<JetStreamManager> {
  try {
    const manager = await jetstreamManager(connection);
    await ensureTopology(manager, topology);
    return manager;
  } catch (error) {
    await connection.close();
    throw error instanceof XaigridError ? error : unreachableError(addresses, error);
  }
}
