import { createReadStream } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashFile, sha256 as sha256Of, type Activity } from '@xaigrid/contracts';
import { createMemoryQueue, type WorkQueue } from '@xaigrid/queue';
import { createFileCache, createModelsAndDatasets, silentLogger } from '@xaigrid/service';
import type { RunControl } from '@xaigrid/control';
import { createDriver, createLocalControl, createMendingTally, findReuse, type Driver } from '@xaigrid/driving';
import { float32Of, parseNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeRun, sampleMaps } from '../../../libs/store/tests/sample-run.js';
import { useTestDatabase } from '../../../libs/store/tests/test-database.js';
import { createHttpServer } from '../src/http/create-server.js';
import type { HttpApp } from '../src/http/http-app.js';
import { createStoreMetrics } from '../src/http/store-metrics.js';
import { modelBytes, modelFile, samplePlan, sampleSubmission } from './sample-submission.js';
import { portOf } from './test-server.js';
import { containing } from './text-matchers.js';

/** The API over the real store, driver and queue; only the workers are left out, and the test does what they would. */
describe('the API over a real store', () => {
  const database = useTestDatabase('orchestrator_http');
  const driving = new AbortController();
  let queue: WorkQueue;
  let driver: Driver;
  let app: HttpApp;
  /** Control of a command whose workers are on the same disk. */
  let near: RunControl;

  beforeAll(async () => {
    const { store } = database;
    const logger = silentLogger();
    queue = createMemoryQueue();
    driver = createDriver({ store, queue, logger, signal: driving.signal, sweepMs: 50 });
    const files = createFileCache({ folder: '/nowhere', artifacts: store.artifacts });
    const modelsAndDatasets = createModelsAndDatasets({ files });
    const parts = { store, queue, driver, modelsAndDatasets, location: 'test' };
    const control = createLocalControl({ ...parts, shareFiles: 'required', unattended: 'waits' });
    near = createLocalControl({ ...parts, shareFiles: 'preferred', unattended: 'interrupted' });
    app = await createHttpServer({
      ...{
        control,
        artifacts: store.artifacts,
        queue,
        logger,
        metrics: { ...createStoreMetrics(store), mended: () => createMendingTally().read() },
        filePath: (file) => files.pathOf(file),
      },
      events: { shortestMs: 1 },
    });
  });

  afterAll(async () => {
    await app.close();
    driving.abort();
    await driver.idle();
    await queue.close();
  });

  async function submit(seed: number): Promise<string> {
    const url = `/v1/artifacts/${modelFile.sha256}`;
    await app.inject({ method: 'PUT', url, payload: modelBytes, headers: { 'content-type': 'application/octet-stream' } });
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: sampleSubmission(samplePlan({ seed })) });
    expect(answer.statusCode).toBe(201);
    return answer.json<{ id: string }>().id;
  }

  it('takes a run from its files to its results', async () => {
    const id = await submit(1);
    while ((await queue.depth('explain')).waiting < 3) await sleep(5);
    const events = app.inject(`/v1/runs/${id}/events`);
    await completeRun(database.store, id);
    const { body } = await events;
    expect(body.split('\n\n').at(-2)).toBe(
      'event: end\ndata: {"state":"done","progress":{"samples":10,"explained":10,"scored":10,"failed":0,"work":{"total":20,"open":0,"computed":20}}}',
    );
    const details: { state: string; evaluations: { samples: number }[] } = (await app.inject(`/v1/runs/${id}`)).json();
    expect([details.state, details.evaluations[0]?.samples]).toEqual(['done', 10]);

    const maps = await app.inject(`/v1/runs/${id}/evaluations/0/maps?start=3&end=100`);
    expect(maps.headers['x-degenerate']).toBe('1000100');
    const stored = sampleMaps(3, 10).flatMap(({ data }) => [...data]);
    expect([...float32Of(parseNpy(maps.rawPayload, { name: 'maps' })).data]).toEqual(stored);
    expect((await app.inject(`/v1/runs/${id}/evaluations/0/maps?start=10&end=11`)).statusCode).toBe(404);
    expect((await app.inject(`/v1/runs/${id}/evaluations/1/maps?start=0&end=1`)).statusCode).toBe(404);

    const table: { rows: { samples: number; degenerate: number }[] } = (await app.inject(`/v1/runs/${id}/table`)).json();
    expect(table.rows).toMatchObject([
      { samples: 10, degenerate: 2, measures: { drop: { value: expect.any(Number) as number } } },
    ]);
    const url = `/v1/runs/${id}/scores?sort=-drop&limit=3&setting=${encodeURIComponent('{"keepFraction":0.3}')}`;
    const first: { scores: { measures: { drop: number } }[]; next: string } = (await app.inject(url)).json();
    const second: { scores: { measures: { drop: number } }[] } = (await app.inject(first.next)).json();
    const drops = [...first.scores, ...second.scores].map(({ measures }) => measures.drop);
    expect(drops).toEqual(drops.toSorted((a, b) => b - a));
    expect(drops).toHaveLength(6);
    const none = await app.inject(`/v1/runs/${id}/scores?setting=${encodeURIComponent('{"keepFraction":0.4}')}`);
    expect([none.statusCode, none.json<{ error: { message: string } }>().error.message]).toEqual([
      400,
      expect.stringContaining('has no setting "{\\"keepFraction\\":0.4}". There is: {"baseline":"zero","keepFraction":0.3}'),
    ]);
    expect((await app.inject({ method: 'POST', url: `/v1/runs/${id}/cancel` })).statusCode).toBe(409);

    const model = await app.inject(`/v1/runs/${id}/evaluations/0/model`);
    // Sample i has label i mod 3, and outputs 0.1, 0.1 + i/7 and 0.3: the first two are predicted as class 2, the others as 1.
    expect(model.json()).toMatchObject({
      quality: {
        ...{ samples: 10, planned: 10, accuracy: 0.2 },
        confusion: {
          cells: [
            { label: 0, predicted: 1, samples: 3 },
            { label: 0, predicted: 2, samples: 1 },
            { label: 1, predicted: 1, samples: 2 },
            { label: 1, predicted: 2, samples: 1 },
            { label: 2, predicted: 1, samples: 3 },
          ],
          cellsLeftOut: 0,
        },
      },
    });
    expect(model.json<{ quality: object }>().quality).not.toHaveProperty('calibration');
    expect((await app.inject(`/v1/runs/${id}/evaluations/0/model`)).body).toBe(model.body);
    expect((await app.inject(`/v1/runs/${id}/evaluations/7/model`)).statusCode).toBe(404);
  });

  it('says what is being computed, and what waits', async () => {
    const id = await submit(9);
    const { store } = database;
    while ((await queue.depth('explain')).waiting < 3) await sleep(5);
    const [shard] = await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 1 });
    await store.shards.beginAttempt(shard?.id ?? -1, 'explain', 'host:7');
    const activity = (await app.inject('/v1/activity')).json<Activity>();
    expect(activity.isCluster).toBe(false);
    expect(activity.stages[0]?.waiting).toBeGreaterThanOrEqual(3);
    expect(activity.atWork).toEqual([
      { worker: 'host:7', stage: 'explain', runId: id, evaluation: 0, label: 'sise', samples: 4, attempt: 1 },
    ]);
    expect(activity.running).toMatchObject([{ id, progress: { samples: 10, explained: 0 } }]);
    await store.shards.fail(shard?.id ?? -1, { stage: 'explain', attempts: 5, code: 'ENGINE_FAILED', message: 'It failed.' });
    const after = (await app.inject('/v1/activity')).json<Activity>();
    expect(after.atWork).toEqual([]);
    expect(after.failed).toMatchObject([{ id, failures: [{ start: 0, end: 4, code: 'ENGINE_FAILED' }] }]);
    await app.inject({ method: 'POST', url: `/v1/runs/${id}/cancel` });
  });

  it('takes a model of more than 256 MiB, and a worker finds it whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xaigrid-large-'));
    try {
      const path = join(folder, 'vgg.onnx');
      const size = 257 * 2 ** 20 + 5;
      // Mostly a hole; what is written lies at its end.
      await writeFile(path, 'weights', { flag: 'w' });
      await truncate(path, size - 4);
      await writeFile(path, 'tail', { flag: 'a' });
      const sha256 = await hashFile(path);
      await app.listen({ port: 0, host: '127.0.0.1' });
      const answer = await fetch(`http://127.0.0.1:${portOf(app)}/v1/artifacts/${sha256}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream' },
        body: Readable.toWeb(createReadStream(path)),
        duplex: 'half',
      });
      expect(answer.status).toBe(201);
      await rm(path);
      const files = createFileCache({ folder: join(folder, 'cache'), artifacts: database.store.artifacts });
      expect(await hashFile(await files.pathOf({ name: 'vgg.onnx', sha256, size }))).toBe(sha256);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('copies to a store on the same machine only what is small, folder by folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xaigrid-copies-'));
    try {
      const bytes = Buffer.from('pack');
      const path = join(folder, 'pack');
      await writeFile(path, bytes);
      const pack = { sha256: sha256Of(bytes), size: bytes.length, path: join(folder, 'small'), parts: [path] };
      const large = { sha256: '0'.repeat(64), size: 256 * 2 ** 20, path: join(folder, 'large'), parts: [path] };
      const other = { sha256: '1'.repeat(64), size: 1, path: join(folder, 'large'), parts: [path] };
      await near.shareFiles([large, pack, other]);
      const stored = await Promise.all([pack, large, other].map(({ sha256 }) => database.store.artifacts.has(sha256)));
      expect(stored).toEqual([true, false, false]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says what is stored of a plan', async () => {
    const evaluations = [samplePlan({ seed: 1 }), samplePlan({ seed: 2 })].map((plan) => ({ plan, shardSize: 4 }));
    const answer = await app.inject({ method: 'POST', url: '/v1/reuse', payload: { evaluations } });
    const reuse: { reuse: { storedMaps: number; storedScores: number }[] } = answer.json();
    expect(reuse.reuse.map(({ storedMaps, storedScores }) => [storedMaps, storedScores])).toEqual([
      [10, 10],
      [0, 0],
    ]);
  });

  it('cancels a run under way, resumes and removes it', async () => {
    const id = await submit(3);
    expect((await app.inject({ method: 'DELETE', url: `/v1/runs/${id}` })).statusCode).toBe(409);
    const events = app.inject(`/v1/runs/${id}/events`);
    expect((await app.inject({ method: 'POST', url: `/v1/runs/${id}/cancel` })).statusCode).toBe(200);
    expect((await events).body).toContain('event: end\ndata: {"state":"cancelled"');
    await driver.idle();
    expect((await app.inject({ method: 'POST', url: `/v1/runs/${id}/resume` })).json()).toMatchObject({ state: 'running' });
    await app.inject({ method: 'POST', url: `/v1/runs/${id}/cancel` });
    await driver.idle();
    expect((await app.inject({ method: 'DELETE', url: `/v1/runs/${id}` })).statusCode).toBe(204);
    expect((await app.inject(`/v1/runs/${id}`)).statusCode).toBe(404);
    const garbage = await app.inject({ method: 'POST', url: '/v1/gc', payload: { dryRun: true } });
    expect(garbage.json()).toMatchObject({ artifacts: 0 });
  });

  it('answers the store’s errors', async () => {
    const answer = await app.inject('/v1/runs/zzzz/scores');
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: { code: 'RUN_NOT_FOUND', message: containing('zzzz') } }]);
    const sorted = await app.inject('/v1/runs/latest/scores?sort=nonsense');
    expect(sorted.statusCode).toBeLessThan(500);
  });

  it('counts for Prometheus and is healthy', async () => {
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok', store: 'up', queue: 'up' });
    expect((await app.inject('/v1/health')).json()).toEqual({
      postgres: expect.any(String) as string,
      databaseBytes: expect.any(Number) as number,
    });
    const { body } = await app.inject('/metrics');
    expect(body).toMatch(/^xaigrid_runs\{state="done"\} 1$/m);
    expect(body).toMatch(/^xaigrid_shards\{state="planned"\} 0$/m);
    expect(body).toMatch(/^xaigrid_queue_tasks\{stage="score",state="waiting"\} \d+$/m);
  });

  it('counts what is stored of thousands of evaluations in two statements', async () => {
    const stored = samplePlan({ seed: 40 });
    const id = await submit(40);
    while ((await queue.depth('explain')).waiting < 3) await sleep(5);
    await completeRun(database.store, id);
    const plans = Array.from({ length: 2_000 }, (_, seed) =>
      samplePlan({ seed, label: `seed ${seed}`, samples: seed % 3 === 0 ? 10 : 7 }),
    );
    const asked = database.store.maps.countStored.bind(database.store.maps);
    let times = 0;
    const counting = Object.assign(Object.create(database.store) as typeof database.store, {
      maps: { ...database.store.maps, countStored: (...of: Parameters<typeof asked>) => ((times += 1), asked(...of)) },
    });
    const reuse = await findReuse(counting, sampleSubmission(...plans));
    expect(times).toBe(2);
    expect(reuse.map(({ label }) => label)).toEqual(plans.map(({ label }) => label));
    expect(reuse[40]).toEqual({ label: 'seed 40', samples: 7, storedMaps: 7, settings: stored.settings.length, storedScores: 7 });
    // Seed 1 is another test's.
    expect(reuse.filter(({ storedMaps, storedScores }) => storedMaps + storedScores > 0)).toEqual([reuse[1], reuse[40]]);
  });
});
