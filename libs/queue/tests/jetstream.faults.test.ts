import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createJetStreamQueue, type JetStreamQueueOptions, type WorkQueue } from '../src/index.js';
import { startChildWorker, type ChildWorker } from './child-worker.js';
import { startNatsServer, type NatsServer } from './nats-server.js';
import { aborted, gate, record, taskNumber, tasksNumbered, until } from './recorder.js';

const ackWaitMs = 1_200;
let server: NatsServer;
let queues: WorkQueue[] = [];
let children: ChildWorker[] = [];

beforeEach(async () => {
  server = await startNatsServer();
});
afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  await Promise.all(queues.map((queue) => queue.close()));
  [queues, children] = [[], []];
  await server.dispose();
});

async function open(options: Partial<JetStreamQueueOptions> = {}): Promise<WorkQueue> {
  const queue = await createJetStreamQueue({
    servers: server.url,
    name: 'faults',
    ackWaitMs,
    maxAttempts: 3,
    retryDelaysMs: [100],
    ...options,
  });
  queues.push(queue);
  return queue;
}

async function child(): Promise<ChildWorker> {
  const started = await startChildWorker({ server: server.url, prefix: 'XAIGRID', ackWaitMs });
  children.push(started);
  return started;
}

it('goes on after the server was killed and started again: tasks, consumers, events', async () => {
  const notices: string[] = [];
  const queue = await open({ onNotice: (sentence) => notices.push(sentence) });
  const { passed, open: finish } = gate();
  const heard: unknown[] = [];
  await queue.listen((event) => heard.push(event));
  const { deliveries, shards } = await record(queue, { handle: () => passed });
  await queue.publish(tasksNumbered(10));
  await until(() => deliveries.length === 1, 'one is in hand');
  await server.kill();
  await until(() => !queue.healthy(), 'the loss is noticed');
  await server.start();
  await until(() => queue.healthy(), 'the connection is back');
  finish();
  await until(async () => new Set(shards()).size === 10 && (await queue.depth('explain')).inProgress === 0, 'all are done');
  queue.announce({ version: 1, runId: 'run', kind: 'run-changed' });
  await until(() => heard.length === 1, 'the event was heard');
  expect(notices.join(' ')).toMatch(/is lost; connecting again until it is back\..*Connected to NATS at .* again\./);
});

it('waits with publishing until the server is back, and publishes each task once', async () => {
  const queue = await open();
  await server.stop();
  const publishing = queue.publish(tasksNumbered(50));
  await delay(300);
  await server.start();
  await publishing;
  expect(await queue.depth('explain')).toEqual({ waiting: 50, inProgress: 0 });
});

it('loses and doubles no acknowledged task when the server dies while 3000 are published', async () => {
  const queue = await open();
  const publishing = queue.publish(tasksNumbered(3_000));
  await delay(60);
  await server.stop();
  await server.start();
  await publishing;
  expect((await queue.depth('explain')).waiting).toBe(3_000);
});

it('makes streams and consumers again when the server lost its storage', async () => {
  const queue = await open();
  const { deliveries } = await record(queue);
  await queue.publish([{ task: taskNumber(1) }]);
  await until(() => deliveries.length === 1, 'the first came');
  await server.kill();
  await server.wipe();
  await server.start();
  await queue.publish([{ task: taskNumber(2) }]);
  await until(() => deliveries.length === 2, 'the second came');
  expect((await queue.depth('score')).waiting).toBe(0);
});

it('makes streams and consumers again when somebody deleted them', async () => {
  const queue = await open();
  const { deliveries } = await record(queue);
  await queue.publish([{ task: taskNumber(1) }]);
  await until(() => deliveries.length === 1, 'the first came');
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.consumers.delete('XAIGRID_TASKS', 'explain');
  await queue.publish([{ task: taskNumber(2) }]);
  await until(() => deliveries.length === 2, 'the second came');
  await manager.streams.delete('XAIGRID_TASKS');
  await queue.publish([{ task: taskNumber(3) }]);
  await until(() => deliveries.length === 3, 'the third came');
  await connection.close();
});

it('says QUEUE_UNREACHABLE when the server stays away longer than patience lasts', async () => {
  const queue = await open({ patienceMs: 200 });
  await server.stop();
  await expect(queue.publish([{ task: taskNumber(1) }])).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
});

it('aborts a delivery when the server is away for longer than the lease', async () => {
  const queue = await open();
  const { deliveries } = await record(queue, {
    async handle({ signal, attempt }) {
      if (attempt === 1) await aborted(signal);
      signal.throwIfAborted();
    },
  });
  await queue.publish([{ task: taskNumber(1) }]);
  await until(() => deliveries.length === 1, 'it is in hand');
  await server.stop();
  await until(() => deliveries[0]?.signal.aborted === true, 'the loss is noticed');
  await server.start();
  await until(() => deliveries.length === 2, 'it came again');
  expect(deliveries[1]?.attempt).toBe(2);
});

it('gives the task of a frozen process to another, and the frozen one learns of it', async () => {
  const queue = await open();
  await queue.publish([{ task: taskNumber(4) }]);
  const frozen = await child();
  frozen.signal('SIGSTOP');
  const { deliveries } = await record(queue);
  await until(() => deliveries.length === 1, 'another has it');
  expect(deliveries[0]?.attempt).toBe(2);
  // By its own clock the frozen process must have slept through its lease, however late it read the message.
  await delay(ackWaitMs);
  frozen.signal('SIGCONT');
  await until(() => frozen.said('lost 4'), 'the frozen process noticed');
});

it('makes a task a dead letter whose workers die in every attempt', async () => {
  const queue = await open({ maxAttempts: 2 });
  await queue.publish([{ task: taskNumber(4) }]);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const worker = await child();
    expect(worker.said(`took 4 ${attempt}`)).toBe(true);
    await worker.kill();
  }
  const { deliveries, letters } = await record(queue);
  await until(() => letters.length === 1, 'it is a dead letter');
  expect(deliveries).toEqual([]);
  expect(letters[0]).toMatchObject({
    task: taskNumber(4),
    reason: 'attempts-exhausted',
    attempts: 2,
    error: {
      code: 'INTERRUPTED',
      message: 'The worker died or lost its lease in the last of 2 attempts; look at its memory limit, then resume the run.',
    },
  });
  await until(async () => (await queue.depth('explain')).inProgress === 0, 'it left the queue');
});

it('closes while the server is away', async () => {
  const queue = await open();
  const { consumer } = await record(queue, { concurrency: 2 });
  await server.stop();
  await queue.close();
  await consumer.closed;
});

it('ends its consumers with QUEUE_UNREACHABLE when the login is refused for good', async () => {
  const queue = await open();
  const { consumer } = await record(queue);
  await server.stop();
  await server.start(['--user', 'somebody', '--pass', 'else']);
  await expect(consumer.closed).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
  expect(queue.healthy()).toBe(false);
});
