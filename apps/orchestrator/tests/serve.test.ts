import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Shutdown } from '@xaigrid/service';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startNatsServer, type NatsServer } from '../../../libs/queue/tests/nats-server.js';
import { sampleRun } from '../../../libs/store/tests/sample-run.js';
import { useTestDatabase } from '../../../libs/store/tests/test-database.js';
import { serve } from '../src/http/serve.js';
import { containing } from './text-matchers.js';

interface Serving {
  readonly url: string;
  /** What SIGTERM does. Resolves when the orchestrator has ended. */
  terminate(): Promise<void>;
}

/** The orchestrator as its process runs it, but for the process. */
describe('the orchestrator', () => {
  const database = useTestDatabase('orchestrator_serve');
  const cache = mkdtempSync(join(tmpdir(), 'xaigrid-serve-'));
  let nats: NatsServer;
  const running: Serving[] = [];

  beforeAll(async () => {
    nats = await startNatsServer();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((serving) => serving.terminate()));
    vi.unstubAllEnvs();
  });

  afterAll(async () => {
    await nats.dispose();
    rmSync(cache, { recursive: true });
  });

  function setEnvironment(environment: Readonly<Record<string, string>>): void {
    const all = {
      DATABASE_URL: database.url,
      NATS_URL: nats.url,
      XAIGRID_CACHE_DIR: cache,
      XAIGRID_LOG_LEVEL: 'silent',
      ...environment,
    };
    for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  }

  async function start(environment: Readonly<Record<string, string>> = {}): Promise<Serving> {
    const port = await freePort();
    setEnvironment({ XAIGRID_PORT: String(port), ...environment });
    const drain = new AbortController();
    const shutdown: Shutdown = { drain: drain.signal, stop: new AbortController().signal, dispose: () => undefined };
    const ended = serve('orchestrator-test', shutdown);
    ended.catch(() => undefined);
    const url = `http://127.0.0.1:${port}`;
    const serving = {
      url,
      async terminate() {
        drain.abort();
        await ended;
      },
    };
    const answers = (): Promise<boolean> =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers())) await Promise.race([sleep(20), ended]);
    running.push(serving);
    return serving;
  }

  it('answers, drives what it finds unfinished, and leaves it to the next one', async () => {
    const { store } = database;
    const { id } = await store.runs.create(sampleRun());
    const first = await start();
    while ((await store.runs.find(id)).state !== 'running') await sleep(20);
    await first.terminate();
    await expect(fetch(first.url)).rejects.toThrow('fetch failed');
    expect((await store.runs.find(id)).state).toBe('running');

    await start();
    // Nobody scores anything here, and the pieces of failed shards fail too.
    while ((await store.runs.find(id)).state === 'running') {
      for (const shard of await store.shards.page(id, { states: ['planned'], afterId: 0, limit: 10 }))
        await store.shards.fail(shard.id, { stage: 'explain', attempts: 1, code: 'NOT_FINITE', message: 'A map is NaN.' });
      await sleep(20);
    }
    expect((await store.runs.find(id)).state).toBe('done-with-failures');
    expect((await store.runs.failures(id, 100)).map((failure) => failure.end - failure.start)).toEqual(Array(10).fill(1));
  });

  it('ends soon although somebody watches a run', async () => {
    const { id } = await database.store.runs.create(sampleRun());
    const serving = await start();
    const events = await fetch(`${serving.url}/v1/runs/${id}/events`);
    const text = events.text();
    await serving.terminate();
    expect(await text).not.toContain('event: end');
  });

  it.each([
    ['other machines without a token', { XAIGRID_HOST: '0.0.0.0' }, 'XAIGRID_TOKEN is not set'],
    ['a token that is too short', { XAIGRID_TOKEN: 'too-short' }, 'XAIGRID_TOKEN is not usable'],
    [
      'an address that is none of ours',
      { XAIGRID_HOST: '192.0.2.1', XAIGRID_TOKEN: 'x'.repeat(16) },
      'this machine has no such address',
    ],
    ['a port that is none', { XAIGRID_PORT: '70000' }, 'XAIGRID_PORT is not usable'],
    ['a folder for specs that is not there', { XAIGRID_SPEC_ROOT: '/nowhere/at/all' }, 'XAIGRID_SPEC_ROOT'],
    ['no database', { DATABASE_URL: '' }, 'DATABASE_URL is not set'],
  ])('does not start with %s', async (_what, environment, sentence) => {
    await expect(start(environment)).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID', message: containing(sentence) });
  });

  it('does not start on a port that is taken', async () => {
    const { url } = await start();
    await expect(start({ XAIGRID_PORT: new URL(url).port })).rejects.toMatchObject({
      ...{ code: 'ENVIRONMENT_INVALID', message: containing('something else listens there') },
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
