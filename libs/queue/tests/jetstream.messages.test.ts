import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createJetStreamQueue, type WorkQueue } from '../src/index.js';
import { startNatsServer, type NatsServer } from './nats-server.js';
import { record, taskNumber, until } from './recorder.js';

let server: NatsServer;
let stranger: NatsConnection;
let manager: JetStreamManager;
let queue: WorkQueue;
let prefix = '';
let notices: string[] = [];
let test = 0;

const open = (): Promise<WorkQueue> =>
  createJetStreamQueue({
    ...{ servers: server.url, name: 'messages', prefix, maxAttempts: 2, retryDelaysMs: [0], ackWaitMs: 30_000 },
    onNotice: (sentence) => notices.push(sentence),
  });

beforeAll(async () => {
  server = await startNatsServer();
  stranger = await connect({ servers: server.url });
  manager = await jetstreamManager(stranger);
});
afterAll(async () => {
  await stranger.close();
  await server.dispose();
});
beforeEach(async () => {
  prefix = `TEST${++test}`;
  notices = [];
  queue = await open();
});
afterEach(() => queue.close());

const subject = (runId = 'run'): string => `${prefix}.tasks.explain.${runId}`;
const task = taskNumber(1);

it.each([
  ['not JSON', 'hello', 'A message is not JSON in UTF-8.'],
  ['nothing', '', 'A message is not JSON in UTF-8.'],
  ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00]), 'A message is not JSON in UTF-8.'],
  [
    'another version',
    JSON.stringify({ ...task, version: 2 }),
    'A message is not a task this version understands: version: Invalid input: expected 1.',
  ],
  [
    'an unknown field',
    JSON.stringify({ ...task, tensor: [1] }),
    'A message is not a task this version understands: Unrecognized key: "tensor".',
  ],
  ['another stage', JSON.stringify({ ...task, stage: 'score' }), 'A task of stage "score" is on the queue of stage "explain".'],
  ['a megabyte', 'x'.repeat(1_000_000), 'A message of 1000000 bytes is not a task; tasks have at most 16384.'],
])('makes %s a dead letter, as unreadable, and stays up', async (_, garbage, message) => {
  const { deliveries, letters } = await record(queue);
  stranger.publish(subject(), garbage);
  await queue.publish([{ task }]);
  await until(() => deliveries.length === 1 && letters.length === 1, 'both came');
  expect(letters[0]).toMatchObject({
    stage: 'explain',
    reason: 'unreadable',
    attempts: 1,
    error: { code: 'MESSAGE_INVALID', message },
  });
  expect(letters[0]).not.toHaveProperty('task');
  expect(letters[0]?.payload).toEqual(new Uint8Array(Buffer.from(garbage)).slice(0, 4096));
  await until(async () => (await queue.depth('explain')).inProgress === 0, 'it left the queue');
});

it('takes messages from deeper subjects of the stage too, so that none stays for ever', async () => {
  const { letters } = await record(queue);
  stranger.publish(subject('a.b.c'), 'garbage');
  await until(() => letters.length === 1, 'it was a dead letter');
});

it('stays up whatever comes on any subject: tasks of both stages, events, dead letters, replies, advisories', async () => {
  const explain = await record(queue);
  const score = await record(queue, { stage: 'score' });
  await queue.listen(() => undefined);
  const garbage = ['', 'garbage', '{"version":99}', new Uint8Array([0xff, 0x00]), 'x'.repeat(1_000_000)];
  const advisory = '$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES';
  for (const payload of garbage) {
    for (const where of ['tasks.explain.run', 'tasks.score.run', 'events.run', 'dead-letters.explain', 'dead-letters.none'])
      stranger.publish(`${prefix}.${where}`, payload);
    stranger.publish(`${advisory}.${prefix}_TASKS.explain`, payload);
    stranger.publish('_INBOX.garbage.garbage', payload);
  }
  await stranger.flush();
  await queue.publish([{ task }, { task: taskNumber(1, { stage: 'score' }) }]);
  await until(() => explain.deliveries.length === 1 && score.deliveries.length === 1, 'the tasks among it were done');
  await until(
    () => explain.letters.length === garbage.length && score.letters.length === garbage.length,
    'garbage was dead letters',
  );
  // That of the tasks, and what was put among the dead letters.
  await until(async () => (await queue.deadLetters()) === 4 * garbage.length, 'all of it was counted');
  expect(notices.filter((notice) => notice.startsWith('Messages dropped')).at(-1)).toMatch(/: 4[.]/);
  expect(queue.healthy()).toBe(true);
});

it('counts garbage among the events in its notices, and drops it', async () => {
  const heard: unknown[] = [];
  await queue.listen((event) => heard.push(event));
  stranger.publish(`${prefix}.events.run`, 'garbage');
  stranger.publish(`${prefix}.events.run`, '{"version":2,"runId":"run","kind":"run-changed"}');
  stranger.publish(`${prefix}.events.run`, 'x'.repeat(1_000_000));
  stranger.publish(`${prefix}.events.run`, '{"version":1}');
  await stranger.flush();
  const event = { version: 1, runId: 'run', kind: 'run-changed' } as const;
  queue.announce(event);
  await until(() => heard.length > 0, 'the event was heard');
  expect(heard).toEqual([event]);
  expect(notices.filter((notice) => notice.startsWith('Messages dropped'))).toEqual([
    'Messages dropped from the subject of events: 1. The last: A message is not JSON in UTF-8.',
    'Messages dropped from the subject of events: 2. The last: A message is not an event this version understands: version: Invalid input: expected 1.',
    expect.stringMatching(/: 4[.] The last: A message is not an event this version understands: runId: /),
  ]);
});

it('keeps dead letters in a stream of their own', async () => {
  const { letters } = await record(queue, { handle: () => Promise.reject(new Error('never')) });
  await queue.publish([{ task }]);
  await until(() => letters.length === 1, 'it was a dead letter');
  await until(async () => (await manager.streams.info(`${prefix}_DEAD_LETTERS`)).state.messages === 1, 'it was kept');
  const kept = await manager.streams.getMessage(`${prefix}_DEAD_LETTERS`, { seq: 1 });
  expect(kept?.subject).toBe(`${prefix}.dead-letters.explain`);
  const { at, payload, ...rest } = kept?.json<{ at: string; payload: string }>() ?? { at: '', payload: '' };
  expect(rest).toEqual({
    task,
    stage: 'explain',
    reason: 'attempts-exhausted',
    attempts: 2,
    error: { code: 'INTERNAL', message: 'never' },
  });
  expect(JSON.parse(Buffer.from(payload, 'base64').toString())).toEqual(task);
  expect(Number.isNaN(Date.parse(at))).toBe(false);
  await until(async () => (await manager.streams.info(`${prefix}_TASKS`)).state.messages === 0, 'it left the tasks');
});

it('uses one work-queue stream on disk, one consumer per stage, and nothing that 2.9 lacks', async () => {
  const { config } = await manager.streams.info(`${prefix}_TASKS`);
  expect(config).toMatchObject({
    retention: 'workqueue',
    storage: 'file',
    subjects: [`${prefix}.tasks.explain.>`, `${prefix}.tasks.score.>`],
  });
  for (const stage of ['explain', 'score']) {
    const { config: consumer } = await manager.consumers.info(`${prefix}_TASKS`, stage);
    expect(consumer).toMatchObject({
      ack_policy: 'explicit',
      ack_wait: 30_000 * 1e6,
      filter_subject: `${prefix}.tasks.${stage}.>`,
      max_deliver: -1,
    });
  }
});

it('gives consumers of an earlier configuration the present one', async () => {
  await manager.consumers.update(`${prefix}_TASKS`, 'explain', { ack_wait: 5e9, max_deliver: 1 });
  const again = await open();
  const { config } = await manager.consumers.info(`${prefix}_TASKS`, 'explain');
  expect(config).toMatchObject({ ack_wait: 30_000 * 1e6, max_deliver: -1 });
  await again.close();
});

it('can be opened by many processes at once', async () => {
  prefix = `${prefix}_many`;
  const opened = await Promise.all(Array.from({ length: 12 }, open));
  await opened[0]?.publish([{ task }]);
  const { deliveries } = await record(opened[5] ?? queue);
  await until(() => deliveries.length === 1, 'it came');
  await Promise.all(opened.map((each) => each.close()));
});

it('keeps installations with different prefixes apart', async () => {
  const here = await record(queue);
  prefix = `${prefix}_other`;
  const other = await open();
  const there = await record(other);
  await other.publish([{ task }]);
  await until(() => there.deliveries.length === 1, 'it came there');
  expect(here.deliveries).toEqual([]);
  await other.close();
});
