import { mapSetKey, type RunState } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { completeRun, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('runs');

describe('runs', () => {
  it('stores a run with its evaluations, sets and shards', async () => {
    const { store } = database;
    const plans = [samplePlan(), samplePlan({ seed: 1, samples: 9, label: 'other', keepFractions: [0.5] })];
    const run = sampleRun(plans, 4);
    const before = Date.now();
    const record = await store.runs.create(run);
    expect(record).toMatchObject({
      id: run.id,
      name: 'sample',
      state: 'planned',
      cancelRequested: false,
      specText: run.specText,
      versions: run.versions,
    });
    // Timestamps keep their meaning whatever the server's time zone.
    expect(Math.abs(record.createdAt.getTime() - before)).toBeLessThan(60_000);
    expect(record).not.toHaveProperty('startedAt');
    const evaluations = await store.runs.evaluations(run.id);
    expect(evaluations.map(({ ordinal, plan }) => [ordinal, plan])).toEqual(plans.map((plan, ordinal) => [ordinal, plan]));
    expect(evaluations.map(({ scoreSetIds }) => scoreSetIds.length)).toEqual([2, 1]);
    const shards = await store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 100 });
    expect(shards.map(({ start, end }) => [start, end])).toEqual([
      [0, 4],
      [4, 8],
      [8, 10],
      [0, 4],
      [4, 8],
      [8, 9],
    ]);
    expect(await store.runs.progress(run.id)).toMatchObject({ samples: 19, explained: 0, scored: 0, failed: 0 });
    expect(await store.shards.count(run.id)).toEqual({ planned: 6, explained: 0, scored: 0, failed: 0 });
  });

  it('shares sets among runs with equal keys, also when they are created at once', async () => {
    const { store } = database;
    const plans = [1, 2, 3, 4].map((seed) => samplePlan({ seed: seed + 100 }));
    const runs = await Promise.all(
      [plans, plans.toReversed(), plans, plans.toReversed()].map((order) => store.runs.create(sampleRun(order))),
    );
    const sets = await Promise.all(
      runs.map(async ({ id }) =>
        (await store.runs.evaluations(id)).map(({ mapSetId, scoreSetIds }) => [mapSetId, ...scoreSetIds]),
      ),
    );
    const [first, second, third, fourth] = sets;
    expect(second).toEqual(first?.toReversed());
    expect(third).toEqual(first);
    expect(fourth).toEqual(second);
    const [row] = await database.query('SELECT count(*)::integer AS count FROM map_set WHERE key = $1', [
      mapSetKey(samplePlan({ seed: 101 })),
    ]);
    expect(row).toEqual({ count: 1 });
  });

  it('refuses an id that is taken, and stores nothing of the second run', async () => {
    const run = sampleRun();
    await database.store.runs.create(run);
    await expect(database.store.runs.create({ ...run, name: 'second' })).rejects.toMatchObject({ code: 'RUN_STATE' });
    expect((await database.store.runs.find(run.id)).name).toBe('sample');
    expect(await database.store.runs.evaluations(run.id)).toHaveLength(1);
  });

  it('keeps texts that Postgres cannot hold readable', async () => {
    const run = await database.store.runs.create({ ...sampleRun(), name: 'nul \0 half \ud800', specText: 'ünïcode ✓ \0' });
    expect(run.name).toBe('nul \u{FFFD} half \u{FFFD}');
    expect(run.specText).toBe('ünïcode ✓ \u{FFFD}');
  });

  it('finds a run by id, by a unique beginning and as the latest', async () => {
    const { store } = database;
    await store.runs.create({ ...sampleRun(), id: 'zzaaa22222' });
    await store.runs.create({ ...sampleRun(), id: 'zzbbb22222' });
    await store.runs.create({ ...sampleRun(), id: 'zzbbb' });
    expect((await store.runs.find('zzaaa22222')).id).toBe('zzaaa22222');
    expect((await store.runs.find('zza')).id).toBe('zzaaa22222');
    expect((await store.runs.find('zzbbb')).id).toBe('zzbbb');
    expect((await store.runs.find('latest')).id).toBe('zzbbb');
    await expect(store.runs.find('zz')).rejects.toMatchObject({
      code: 'RUN_AMBIGUOUS',
      message: expect.stringContaining('zzbbb22222') as string,
    });
    for (const reference of ['zzzzzz', '', '%', '_', 'zz%']) {
      await expect(store.runs.find(reference)).rejects.toMatchObject({
        code: 'RUN_NOT_FOUND',
        message: expect.stringContaining('xaigrid list') as string,
      });
    }
  });

  it('lists the newest first, by state and page by page', async () => {
    const { store } = database;
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) {
      const run = await store.runs.create(sampleRun());
      await store.runs.move(run.id, ['planned'], 'done-with-failures');
      ids.unshift(run.id);
    }
    const states: RunState[] = ['done-with-failures'];
    const page = await store.runs.list({ limit: 2, states });
    expect(page.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(page[0]?.state).toBe('done-with-failures');
    const before = page[1]?.createdAt ?? new Date();
    expect((await store.runs.list({ limit: 2, states, before })).map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it('moves only from the states it is told, and notes the times', async () => {
    const { runs } = database.store;
    const { id } = await runs.create(sampleRun());
    expect(await runs.move(id, ['running'], 'done')).toBe(false);
    expect(await runs.move(id, ['planned', 'interrupted'], 'running')).toBe(true);
    const running = await runs.find(id);
    expect(running.startedAt).toBeInstanceOf(Date);
    expect(running.finishedAt).toBeUndefined();
    expect(await runs.move(id, ['running'], 'failed', { code: 'MODEL_UNREADABLE', message: 'The file is cut \0 off.' })).toBe(
      true,
    );
    const failed = await runs.find(id);
    expect(failed.error).toEqual({ code: 'MODEL_UNREADABLE', message: 'The file is cut \u{FFFD} off.' });
    expect(failed.finishedAt?.getTime()).toBeGreaterThanOrEqual(failed.startedAt?.getTime() ?? Infinity);
    expect(await runs.move(id, ['failed'], 'running')).toBe(true);
    const resumed = await runs.find(id);
    expect(resumed.error).toBeUndefined();
    expect(resumed.finishedAt).toBeUndefined();
    expect(resumed.startedAt).toEqual(running.startedAt);
  });

  it('keeps a cancel request when the run starts, and forgets it when the run is resumed', async () => {
    const { runs } = database.store;
    const { id } = await runs.create(sampleRun());
    await runs.requestCancel(id);
    await runs.move(id, ['planned'], 'running');
    expect((await runs.find(id)).cancelRequested).toBe(true);
    await runs.move(id, ['running'], 'cancelled');
    expect((await runs.find(id)).cancelRequested).toBe(true);
    await runs.requestCancel(id);
    await runs.move(id, ['cancelled'], 'running');
    expect((await runs.find(id)).cancelRequested).toBe(false);
    await runs.move(id, ['running'], 'done');
    await expect(runs.requestCancel(id)).rejects.toMatchObject({
      code: 'RUN_STATE',
      message: expect.stringContaining('is done') as string,
    });
    await expect(runs.requestCancel('none')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('removes a run that is not running, and keeps its maps', async () => {
    const { store } = database;
    const { id } = await store.runs.create(sampleRun([samplePlan({ seed: 77 })]));
    await completeRun(store, id);
    const [evaluation] = await store.runs.evaluations(id);
    const [shard] = await store.shards.page(id, { states: ['scored'], afterId: 0, limit: 1 });
    await store.runs.move(id, ['planned'], 'running');
    await expect(store.runs.remove(id)).rejects.toMatchObject({
      code: 'RUN_STATE',
      message: expect.stringContaining('cancel it') as string,
    });
    await store.runs.move(id, ['running'], 'done');
    await store.runs.remove(id);
    await expect(store.runs.find(id)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(await store.shards.context(shard?.id ?? 0)).toBeUndefined();
    expect(await store.maps.missing(evaluation?.mapSetId ?? 0, 0, 10)).toHaveLength(0);
    await expect(store.runs.remove(id)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  it('counts runs by state', async () => {
    const { store, query } = database;
    const [created, running] = [await store.runs.create(sampleRun()), await store.runs.create(sampleRun())];
    await store.runs.move(created.id, ['planned'], 'running');
    await store.runs.move(created.id, ['running'], 'done-with-failures');
    await store.runs.move(running.id, ['planned'], 'running');
    const rows = await query<{ state: string; count: number }>(
      `SELECT replace("state"::text, '_', '-') AS "state", count(*)::int AS "count" FROM "run" GROUP BY 1`,
    );
    const counts = await store.runs.countByState();
    expect(counts).toEqual(Object.fromEntries(rows.map(({ state, count }) => [state, count])));
    expect(counts['done-with-failures']).toBeGreaterThan(0);
  });
});
