import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { createJetStreamQueue, type DeadLetter, type WorkQueue } from '@xaigrid/queue';
import type { RunEvent, Stage, Task } from '@xaigrid/contracts';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { freePort, startNatsServer, type NatsServer } from '../../libs/queue/tests/nats-server.js';

const configuration = fileURLToPath(new URL('../nats/nats-server.conf', import.meta.url));
const passwords = {
  orchestrator: 'orchestratorSecret',
  'explainer-worker': 'explainerSecret',
  'metrics-worker': 'metricsSecret',
} as const;
type User = keyof typeof passwords;

let server: NatsServer;
let storage: string;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  for (const [user, password] of Object.entries(passwords)) {
    vi.stubEnv(`NATS_${user.toUpperCase().replace('-', '_')}_PASSWORD`, password);
  }
  storage = await mkdtemp(join(tmpdir(), 'xaigrid-nats-'));
  vi.stubEnv('NATS_STORE_DIR', storage);
  server = await startNatsServer({ jetStream: false, args: ['-c', configuration, '-m', String(await freePort())] });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  await server.dispose();
  await rm(storage, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function queueOf(user: User, notices: string[] = []): Promise<WorkQueue> {
  const queue = await createJetStreamQueue({
    servers: server.url,
    authentication: { user, password: passwords[user] },
    name: user,
    ackWaitMs: 1_000,
    maxAttempts: 2,
    retryDelaysMs: [50],
    patienceMs: 2_000,
    onNotice: (sentence) => notices.push(sentence),
  });
  open.push(queue);
  return queue;
}

async function connectionOf(user: User): Promise<NatsConnection> {
  const connection = await connect({ servers: server.url, user, pass: passwords[user] });
  open.push(connection);
  return connection;
}

const taskOf = (stage: Stage, shardId: number): Task => ({ version: 1, stage, runId: 'run', evaluationId: 0, shardId });

it('is accepted by nats-server', async () => {
  // Debian installs it where only root's PATH leads.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
  const check = promisify(execFile)(process.env.NATS_SERVER ?? 'nats-server', ['-t', '-c', configuration], { env });
  await expect(check).resolves.toMatchObject({ stderr: expect.stringContaining('is valid') as string });
});

it('lets each service do all it does: tasks of both stages, retries, dead letters, events, depth, discard', async () => {
  const notices: string[] = [];
  const events: RunEvent[] = [];
  const letters: DeadLetter[] = [];
  const orchestrator = await queueOf('orchestrator', notices);
  const explainer = await queueOf('explainer-worker', notices);
  const metrics = await queueOf('metrics-worker', notices);
  await orchestrator.listen((event) => events.push(event));
  const onDeadLetter = (letter: DeadLetter): Promise<void> => {
    letters.push(letter);
    return Promise.resolve();
  };
  const consumer = await explainer.consume({
    stage: 'explain',
    concurrency: 2,
    onDeadLetter,
    async handle({ task }) {
      if (task.shardId === 2) throw new Error('cannot be explained');
      // Longer than the lease: the worker must be allowed to report that it continues.
      if (task.shardId === 1) await new Promise((resolve) => setTimeout(resolve, 1_500));
      await explainer.publish([{ task: taskOf('score', task.shardId) }]);
      explainer.announce({ version: 1, runId: 'run', kind: 'shard-explained', shardId: task.shardId });
    },
  });
  await metrics.consume({
    stage: 'score',
    concurrency: 1,
    onDeadLetter,
    handle({ task }) {
      if (task.shardId === 3) return Promise.reject(new Error('cannot be scored'));
      metrics.announce({ version: 1, runId: 'run', kind: 'shard-scored', shardId: task.shardId });
      return Promise.resolve();
    },
  });
  await orchestrator.publish([0, 1, 2, 3].map((shardId) => ({ task: taskOf('explain', shardId) })));

  const scored = (): number[] => events.filter(({ kind }) => kind === 'shard-scored').map(({ shardId }) => shardId ?? -1);
  await vi.waitUntil(() => scored().length === 2 && letters.length === 2, { timeout: 20_000 });
  expect(scored().sort()).toEqual([0, 1]);
  expect(letters.map(({ stage, reason }) => `${stage} ${reason}`).sort()).toEqual([
    'explain attempts-exhausted',
    'score attempts-exhausted',
  ]);
  await consumer.stop();
  await vi.waitUntil(async () => (await orchestrator.depth('explain')).inProgress === 0);
  expect(await orchestrator.depth('score')).toEqual({ waiting: 0, inProgress: 0 });
  await orchestrator.discard('run');
  expect(await orchestrator.mend()).toEqual({ removed: 0, rebuilt: [] });
  expect(notices.filter((notice) => /permission/i.test(notice))).toEqual([]);

  const kept = await connectionOf('orchestrator');
  const answer = await kept.request('$JS.API.STREAM.INFO.XAIGRID_DEAD_LETTERS');
  expect(answer.json()).toMatchObject({ state: { messages: 2 } });
  // The request of `discard` to newer servers.
  expect((await kept.request('$JS.API.STREAM.PURGE.XAIGRID_TASKS')).json()).toMatchObject({ success: true });
  // The request of `mend` when there is something to repair.
  const missing = await kept.request('$JS.API.STREAM.MSG.DELETE.XAIGRID_TASKS', '{"seq":1,"no_erase":true}');
  expect(missing.json()).toMatchObject({ error: { description: expect.stringMatching(/no message found/i) as string } });
  expect((await kept.request('$JS.API.CONSUMER.DELETE.XAIGRID_TASKS.explain')).json()).toMatchObject({ success: true });
});

it.each<[User, string]>([
  ['explainer-worker', '$JS.API.STREAM.DELETE.XAIGRID_TASKS'],
  ['explainer-worker', '$JS.API.STREAM.PURGE.XAIGRID_TASKS'],
  ['explainer-worker', '$JS.API.CONSUMER.MSG.NEXT.XAIGRID_TASKS.score'],
  ['metrics-worker', '$JS.API.CONSUMER.MSG.NEXT.XAIGRID_TASKS.explain'],
  ['explainer-worker', '$JS.API.STREAM.MSG.DELETE.XAIGRID_TASKS'],
  ['metrics-worker', '$JS.API.CONSUMER.DELETE.XAIGRID_TASKS.score'],
  ['metrics-worker', '$JS.API.STREAM.CREATE.OTHER'],
  ['metrics-worker', 'XAIGRID.tasks.explain.run'],
  ['orchestrator', '$JS.API.STREAM.DELETE.XAIGRID_TASKS'],
  ['orchestrator', '$JS.API.CONSUMER.MSG.NEXT.XAIGRID_TASKS.explain'],
])('refuses %s the subject %s', async (user, subject) => {
  await queueOf('orchestrator');
  const connection = await connectionOf(user);
  await expect(connection.request(subject, '{}', { timeout: 1_000 })).rejects.toThrow(/permissions violation/i);
});

it('refuses workers the events of others, and strangers everything', async () => {
  const worker = await connectionOf('metrics-worker');
  const refused = new Promise((resolve) => worker.subscribe('XAIGRID.events.*', { callback: resolve }));
  await expect(refused).resolves.toMatchObject({ message: expect.stringMatching(/permissions violation/i) as string });
  await expect(connect({ servers: server.url })).rejects.toThrow(/authorization/i);
});

it('keeps workers alive while the streams are gone, until an orchestrator has made them anew', async () => {
  await queueOf('orchestrator');
  const explainer = await queueOf('explainer-worker');
  const handled: number[] = [];
  const consumer = await explainer.consume({
    stage: 'explain',
    concurrency: 1,
    onDeadLetter: () => Promise.resolve(),
    handle: ({ task }) => Promise.resolve(void handled.push(task.shardId)),
  });
  await server.stop();
  await rm(storage, { recursive: true });
  await server.start();
  await vi.waitUntil(() => explainer.healthy(), { timeout: 20_000 });
  const orchestrator = await queueOf('orchestrator');
  await orchestrator.publish([{ task: taskOf('explain', 7) }]);
  await vi.waitUntil(() => handled.length === 1, { timeout: 30_000 });
  expect(handled).toEqual([7]);
  await consumer.drain();
});
