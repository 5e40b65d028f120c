import type { Stage } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import type { ShardContext, Store } from '../src/index.js';
import { mapShape, sampleMaps, samplePlan, samplePredictions, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('shards');
let seed = 0;

/** A run of one shard of ten samples, with maps of its own. */
async function newShard(plan = samplePlan({ seed: (seed += 1) })): Promise<{ context: ShardContext; store: Store }> {
  const { store } = database;
  const run = await store.runs.create(sampleRun([plan], plan.samples));
  const [shard] = await store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 1 });
  const context = await store.shards.context(shard?.id ?? -1);
  if (context === undefined) throw new Error('The run has a shard.');
  return { context, store };
}

function explained({ shard, evaluation }: ShardContext): Parameters<Store['shards']['completeExplain']>[0] {
  const { mapSetId, predictionSetId } = evaluation;
  const { start, end } = shard;
  return {
    shardId: shard.id,
    mapSetId,
    mapShape,
    maps: sampleMaps(start, end),
    predictionSetId,
    predictions: samplePredictions(start, end),
    reused: 0,
  };
}

function scored({ shard, evaluation }: ShardContext): Parameters<Store['shards']['completeScore']>[0] {
  return { shardId: shard.id, scores: sampleScores(evaluation.scoreSetIds, shard.start, shard.end), computed: 20, reused: 0 };
}

function failure(stage: Stage): Parameters<Store['shards']['fail']>[1] {
  return { stage, attempts: 5, code: 'ENGINE_FAILED', message: 'It broke.' };
}

async function stateOf(store: Store, id: number): Promise<string | undefined> {
  return (await store.shards.context(id))?.shard.state;
}

describe('shards', () => {
  it('tell a worker everything about its task', async () => {
    const plan = samplePlan({ seed: 1000 });
    const { context, store } = await newShard(plan);
    expect(context).toMatchObject({
      runState: 'planned',
      cancelRequested: false,
      shard: { start: 0, end: 10, state: 'planned', attempts: { explain: 0, score: 0 } },
    });
    expect(context.evaluation.plan).toEqual(plan);
    expect(await store.shards.context(2 ** 40)).toBeUndefined();
  });

  it('count attempts by stage', async () => {
    const { context, store } = await newShard();
    const { id } = context.shard;
    await store.shards.beginAttempt(id, 'explain', 'worker-1');
    await store.shards.beginAttempt(id, 'explain', 'worker-2');
    await store.shards.beginAttempt(id, 'score', 'worker-3');
    expect((await store.shards.context(id))?.shard.attempts).toEqual({ explain: 2, score: 1 });
    expect(await database.query('SELECT worker FROM shard WHERE id = $1', [id])).toEqual([{ worker: 'worker-3' }]);
  });

  it('go from planned to explained to scored; doing a step twice changes nothing', async () => {
    const { context, store } = await newShard();
    const { id, runId } = context.shard;
    expect(await store.shards.completeExplain(explained(context))).toBe(true);
    expect(await store.runs.progress(runId)).toMatchObject({ samples: 10, explained: 10, scored: 0, failed: 0 });
    expect(await store.shards.completeExplain({ ...explained(context), reused: 99 })).toBe(false);
    expect(await store.shards.completeScore(scored(context))).toBe(true);
    expect(await store.shards.completeScore(scored(context))).toBe(false);
    expect(await store.shards.completeExplain(explained(context))).toBe(false);
    expect(await stateOf(store, id)).toBe('scored');
    expect(await store.runs.progress(runId)).toMatchObject({ samples: 10, explained: 10, scored: 10, failed: 0 });
    expect(await store.runs.counters(runId)).toEqual({ mapsComputed: 10, mapsReused: 0, scoresComputed: 20, scoresReused: 0 });
  });

  it('keep the first map when another comes for the same sample', async () => {
    const { context, store } = await newShard();
    const { mapSetId } = context.evaluation;
    await store.shards.completeExplain(explained(context));
    const before = await store.maps.read(mapSetId, 0, 10);
    const again = await newShard(samplePlan({ seed }));
    expect(again.context.evaluation.mapSetId).toBe(mapSetId);
    const other = explained(again.context);
    const maps = other.maps.map((map) => ({ ...map, data: new Float32Array(10).fill(-1), degenerate: true }));
    expect(await store.shards.completeExplain({ ...other, maps })).toBe(true);
    expect(await store.maps.read(mapSetId, 0, 10)).toEqual(before);
  });

  it('never move backwards for a stale worker', async () => {
    const { context, store } = await newShard();
    const { id } = context.shard;
    await store.shards.completeExplain(explained(context));
    expect(await store.shards.fail(id, failure('explain'))).toBe(false);
    expect(await stateOf(store, id)).toBe('explained');
    await store.shards.completeScore(scored(context));
    expect(await store.shards.fail(id, failure('score'))).toBe(false);
    expect(await stateOf(store, id)).toBe('scored');
  });

  it('fail once with their error, and are retried from the stage that failed', async () => {
    const { context, store } = await newShard();
    const { id, runId } = context.shard;
    expect(await store.shards.fail(id, failure('explain'))).toBe(true);
    expect(await store.shards.fail(id, failure('explain'))).toBe(false);
    expect(await store.runs.failures(runId, 10)).toEqual([
      {
        evaluation: 0,
        shardId: id,
        start: 0,
        end: 10,
        samples: 10,
        stage: 'explain',
        attempts: 5,
        code: 'ENGINE_FAILED',
        message: 'It broke.',
      },
    ]);
    expect(await store.runs.progress(runId)).toMatchObject({ samples: 10, explained: 0, scored: 0, failed: 10 });
    expect(await store.shards.retryFailed(runId)).toBe(1);
    expect((await store.shards.context(id))?.shard).toMatchObject({ state: 'planned', attempts: { explain: 0, score: 0 } });
    expect(await store.runs.failures(runId, 10)).toEqual([]);
    await store.shards.completeExplain(explained(context));
    expect(await store.shards.fail(id, failure('score'))).toBe(true);
    expect(await store.shards.retryFailed(runId)).toBe(1);
    expect(await stateOf(store, id)).toBe('explained');
  });

  it('stay failed when a late worker completes them, but keep what it computed', async () => {
    const { context, store } = await newShard();
    const { id } = context.shard;
    await store.shards.fail(id, failure('explain'));
    expect(await store.shards.completeExplain(explained(context))).toBe(false);
    expect(await stateOf(store, id)).toBe('failed');
    expect(await store.maps.missing(context.evaluation.mapSetId, 0, 10)).toHaveLength(0);
  });

  it('do not move on while a map, a prediction or a score is missing', async () => {
    // Predictions of its own too: they depend on the data set, not on the seed.
    const dataset = { ...samplePlan().dataset, fingerprint: 'a'.repeat(64) };
    const { context, store } = await newShard(samplePlan({ dataset }));
    const all = explained(context);
    const lacking = { code: 'INTERNAL', message: expect.stringContaining('9 of 10') as string };
    await expect(store.shards.completeExplain({ ...all, maps: all.maps.slice(1) })).rejects.toMatchObject(lacking);
    await expect(store.shards.completeExplain({ ...all, predictions: all.predictions.slice(1) })).rejects.toMatchObject(lacking);
    expect(await store.maps.missing(context.evaluation.mapSetId, 0, 10)).toHaveLength(10);
    await store.shards.completeExplain(all);
    await expect(
      store.shards.completeScore({ ...scored(context), scores: sampleScores(context.evaluation.scoreSetIds.slice(1), 0, 10) }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('0 of 10 scores') as string,
    });
    expect(await stateOf(store, context.shard.id)).toBe('explained');
  });

  it('refuse maps of another size or shape', async () => {
    const { context, store } = await newShard();
    const all = explained(context);
    const short = all.maps.map((map) => ({ ...map, data: new Float32Array(9) }));
    await expect(store.shards.completeExplain({ ...all, maps: short })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(store.shards.completeExplain({ ...all, mapShape: [10] })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'These maps have shape [10], but the maps stored with the same key have [5, 2].',
    });
  });

  it('are nobody any more when their run was removed', async () => {
    const { context, store } = await newShard();
    await store.runs.remove(context.shard.runId);
    expect(await store.shards.completeExplain(explained(context))).toBe(false);
    expect(await store.shards.completeScore(scored(context))).toBe(false);
    expect(await store.shards.fail(context.shard.id, failure('score'))).toBe(false);
  });

  it('store long and broken messages as far as Postgres can', async () => {
    const { context, store } = await newShard();
    await store.shards.fail(context.shard.id, { ...failure('explain'), message: `a\0b${'x'.repeat(10_000)}` });
    const [stored] = await store.runs.failures(context.shard.runId, 1);
    expect(stored?.message).toHaveLength(4000);
    expect(stored?.message).toMatch(/^a\u{FFFD}bx+…$/u);
  });

  it('are found by their position in a state', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([samplePlan({ seed: 2_000 })], 2));
    const ids = (await store.shards.page(run.id, { states: ['planned'], afterId: -1, limit: 10 })).map(({ id }) => id);
    await store.shards.fail(ids[1] ?? -1, failure('explain'));
    const positions = await Promise.all([1, 2, 4, 100].map((position) => store.shards.idAt(run.id, 'planned', position)));
    expect(positions).toEqual([ids[0], ids[2], ids[4], ids[4]]);
    expect(await store.shards.idAt(run.id, 'scored', 1)).toBe(-1);
  });

  it('come in pages by id', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([samplePlan({ seed: 2000, samples: 50 })], 10));
    const first = await store.shards.page(run.id, { states: ['planned', 'failed'], afterId: 0, limit: 3 });
    const second = await store.shards.page(run.id, { states: ['planned', 'failed'], afterId: first.at(-1)?.id ?? 0, limit: 3 });
    expect([...first, ...second].map(({ start }) => start)).toEqual([0, 10, 20, 30, 40]);
    expect(await store.shards.page(run.id, { states: ['scored'], afterId: 0, limit: 3 })).toEqual([]);
  });

  it('are counted as they change, as counting them anew says', async () => {
    const plan = samplePlan({ seed: (seed += 1), samples: 40 });
    const { store } = database;
    const run = await store.runs.create(sampleRun([plan, samplePlan({ seed: (seed += 1), samples: 7 })], 3));
    const shards = await store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 100 });
    const contexts = await Promise.all(shards.map(({ id }) => store.shards.context(id)));
    await Promise.all(
      contexts.map(async (context, position) => {
        if (context === undefined || position % 5 === 0) return false;
        await store.shards.beginAttempt(context.shard.id, 'explain', 'w');
        if (position % 5 === 1) return store.shards.fail(context.shard.id, failure('explain'));
        await store.shards.completeExplain(explained(context));
        await store.shards.completeExplain(explained(context));
        if (position % 5 === 2) return store.shards.fail(context.shard.id, failure('score'));
        return position % 5 === 3 && store.shards.completeScore(scored(context));
      }),
    );
    const recount = async () => {
      const [row] = await database.query<Record<string, number>>(
        `SELECT count(*) FILTER (WHERE state = 'planned')::integer AS planned, count(*) FILTER (WHERE state = 'explained')::integer AS explained,
           count(*) FILTER (WHERE state = 'scored')::integer AS scored, count(*) FILTER (WHERE state = 'failed')::integer AS failed
         FROM shard WHERE run_id = $1`,
        [run.id],
      );
      return row;
    };
    expect(await store.shards.count(run.id)).toEqual({ planned: 4, explained: 3, scored: 3, failed: 7 });
    expect(await store.shards.count(run.id)).toEqual(await recount());
    await store.shards.retryFailed(run.id);
    expect(await store.shards.count(run.id)).toEqual({ planned: 8, explained: 6, scored: 3, failed: 0 });
    expect(await store.shards.count(run.id)).toEqual(await recount());
    // The last shard of the first evaluation has one sample.
    expect(await store.runs.progress(run.id)).toMatchObject({ samples: 47, explained: 25, scored: 7, failed: 0 });
  });
});
