import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XaigridError } from '@xaigrid/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJetStreamQueue, type WorkQueue } from '../src/index.js';
import { startNatsServer, type NatsServer } from './nats-server.js';
import { taskNumber, until } from './recorder.js';

/** Users that may do everything but one thing. */
const lacking = {
  info: '$JS.API.INFO',
  look: '$JS.API.STREAM.INFO.XAIGRID_TASKS',
  tasks: 'XAIGRID.tasks.>',
  pull: '$JS.API.CONSUMER.MSG.NEXT.XAIGRID_TASKS.explain',
  acknowledge: '$JS.ACK.>',
  events: 'XAIGRID.events.>',
  letters: 'XAIGRID.dead-letters.explain',
} as const;
type Lacking = keyof typeof lacking;

const PATIENCE_MS = 20_000;

let server: NatsServer;
let folder: string;
const open: WorkQueue[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-nats-'));
  const users = Object.entries(lacking).map(
    ([user, subject]) =>
      `{ user: ${user}, password: secret, permissions: { publish: { allow: ">", deny: "${subject}" }, subscribe: { allow: ">"${user === 'events' ? ', deny: "XAIGRID.events.>"' : ''} } } }`,
  );
  const config = join(folder, 'nats.conf');
  await writeFile(config, `authorization { users: [ { user: all, password: secret }, ${users.join(', ')} ] }`);
  server = await startNatsServer({ args: ['-c', config] });
  await queueOf('all');
});
afterAll(async () => {
  await Promise.all(open.map((queue) => queue.close()));
  await server.dispose();
  await rm(folder, { recursive: true });
});

async function queueOf(user: Lacking | 'all', notices: string[] = []): Promise<WorkQueue> {
  const queue = await createJetStreamQueue({
    ...{
      servers: server.url,
      name: user,
      authentication: { user, password: 'secret' },
      patienceMs: PATIENCE_MS,
      ackWaitMs: 1_000,
    },
    ...{ maxAttempts: 1, onNotice: (sentence: string) => notices.push(sentence) },
  });
  open.push(queue);
  return queue;
}

const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof XaigridError ? `${error.code}: ${error.message}` : String(error)),
  );
const todo = "allow it in the server's configuration; infra/nats/nats-server.conf has the rights of every service";

it.each(['info', 'look'] as const)('a user that may not ask %s is told which subject it needs', async (user) => {
  const sentence = `QUEUE_UNREACHABLE: Cannot use NATS at 127.0.0.1:${server.port} (this NATS user may not publish to "${lacking[user]}"); ${todo}.`;
  expect(await refusal(queueOf(user))).toBe(sentence);
});

it('a user that may not publish tasks is told at once', async () => {
  const queue = await queueOf('tasks');
  const started = performance.now();
  expect(await refusal(queue.publish([{ task: taskNumber(1) }]))).toBe(
    `QUEUE_UNREACHABLE: NATS at 127.0.0.1:${server.port} could not store the tasks of a publication of 1 (this NATS user may not publish to "XAIGRID.tasks.explain.run"); ${todo}.`,
  );
  // Trying again would not help; other errors are outwaited.
  expect(performance.now() - started).toBeLessThan(PATIENCE_MS);
});

it.each([
  ['pull', lacking.pull],
  ['acknowledge', '$JS.ACK.XAIGRID_TASKS.explain.>'],
  ['letters', lacking.letters],
] as const)('a worker that lacks the right to %s says so once', async (user, subject) => {
  const notices: string[] = [];
  const publisher = await queueOf('all');
  const worker = await queueOf(user, notices);
  const consumer = await worker.consume({
    stage: 'explain',
    concurrency: 1,
    handle: () => (user === 'letters' ? Promise.reject(new Error('never')) : Promise.resolve()),
    onDeadLetter: () => Promise.resolve(),
  });
  await publisher.publish([{ task: taskNumber(1) }, { task: taskNumber(2) }]);
  const said = `NATS says: this NATS user may not publish to "${subject}"; ${todo}.`;
  await until(() => notices.includes(said), 'it was said');
  await consumer.stop();
  expect(notices.filter((notice) => notice === said)).toHaveLength(1);
  await publisher.discard('run');
});

it('a user that may not hear events says so', async () => {
  const notices: string[] = [];
  const queue = await queueOf('events', notices);
  await queue.listen(() => undefined);
  const sentence = `Events cannot be heard: this NATS user may not subscribe to "XAIGRID.events.*"; ${todo}.`;
  await until(() => notices.includes(sentence), 'it was said');
});
