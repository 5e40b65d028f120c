import type { ErrorCode, Stage } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import type { ShardRecord, Store } from '../src/index.js';
import { completeRun, mapShape, sampleMaps, samplePlan, samplePredictions, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('cutting');
let seed = 0;

/** A run of one evaluation with maps of its own. */
async function newRun(samples: number, shardSize: number): Promise<{ store: Store; run: string; shards: ShardRecord[] }> {
  const { store } = database;
  const { id } = await store.runs.create(sampleRun([samplePlan({ seed: (seed += 1), samples })], shardSize));
  return { store, run: id, shards: await open(store, id) };
}

const open = (store: Store, run: string): Promise<ShardRecord[]> =>
  store.shards.page(run, { states: ['planned', 'explained'], afterId: -1, limit: 1_000 });

const fail = (store: Store, { id }: ShardRecord, stage: Stage = 'explain', code: ErrorCode = 'NOT_FINITE'): Promise<boolean> =>
  store.shards.fail(id, { stage, attempts: 1, code, message: 'It broke.' });

async function explain(store: Store, run: string, shard: ShardRecord): Promise<void> {
  const { id: shardId, start, end } = shard;
  const [evaluation] = await store.runs.evaluations(run);
  if (evaluation === undefined) throw new Error('no evaluation');
  const { mapSetId, predictionSetId } = evaluation;
  const computed = { mapShape, maps: sampleMaps(start, end), predictions: samplePredictions(start, end), reused: 0 };
  await store.shards.completeExplain({ shardId, mapSetId, predictionSetId, ...computed });
}

const ranges = (shards: readonly ShardRecord[]): string[] =>
  shards.toSorted((a, b) => a.start - b.start).map(({ start, end, state }) => `${start}-${end} ${state}`);

describe('a failed shard', () => {
  it('is cut into eight pieces at a time, down to single samples, which stay failed', async () => {
    const { store, run, shards } = await newRun(20, 20);
    for (const shard of shards) await fail(store, shard);
    expect(await store.shards.cutFailed(run)).toBe(7);
    expect(ranges(await open(store, run))).toEqual(
      ['0-3', '3-6', '6-9', '9-12', '12-15', '15-18', '18-20'].map((range) => `${range} planned`),
    );
    expect(await store.runs.progress(run)).toMatchObject({ samples: 20, explained: 0, scored: 0, failed: 0 });
    expect(await store.shards.count(run)).toEqual({ planned: 7, explained: 0, scored: 0, failed: 0 });

    const pieces = await open(store, run);
    for (const piece of pieces) {
      if (piece.start === 9) await fail(store, piece);
    }
    expect(await store.shards.cutFailed(run)).toBe(3);
    for (const piece of await open(store, run)) if (piece.start === 10 && piece.end === 11) await fail(store, piece);
    expect(await store.shards.cutFailed(run)).toBe(0);
    await completeRun(store, run);
    expect(await store.runs.failures(run, 10)).toMatchObject([{ start: 10, end: 11, stage: 'explain', code: 'NOT_FINITE' }]);
    expect(await store.runs.progress(run)).toMatchObject({ samples: 20, explained: 19, scored: 19, failed: 1 });
    expect(await store.runs.counters(run)).toMatchObject({ mapsComputed: 19 });
    expect((await store.results.table([run]))[0]).toMatchObject({ samples: 19, planned: 20 });
  });

  it('goes on at the stage where it failed: maps that are stored are not drawn again, nor counted again', async () => {
    const { store, run, shards } = await newRun(10, 10);
    for (const shard of shards) {
      await explain(store, run, shard);
      await fail(store, shard, 'score');
    }
    expect(await store.shards.cutFailed(run)).toBe(5);
    expect(ranges(await open(store, run))).toEqual(['0-2', '2-4', '4-6', '6-8', '8-10'].map((range) => `${range} explained`));
    expect(await store.runs.progress(run)).toMatchObject({ samples: 10, explained: 10, scored: 0, failed: 0 });
    expect(await store.runs.counters(run)).toMatchObject({ mapsComputed: 10, mapsReused: 0 });
    const [evaluation] = await store.runs.evaluations(run);
    for (const { id: shardId, start, end } of await open(store, run)) {
      const scores = sampleScores(evaluation?.scoreSetIds ?? [], start, end);
      expect(await store.shards.completeScore({ shardId, scores, computed: 4, reused: 0 })).toBe(true);
    }
    expect(await store.runs.counters(run)).toMatchObject({ mapsComputed: 10, scoresComputed: 20 });
  });

  it.each<ErrorCode>(['MODEL_UNREADABLE', 'MESSAGE_INVALID', 'DATASET_CHANGED', 'ARTIFACT_MISSING', 'INTERRUPTED'])(
    'is left alone for %s, which every piece would meet again',
    async (code) => {
      const { store, run, shards } = await newRun(4, 4);
      for (const shard of shards) await fail(store, shard, 'explain', code);
      expect(await store.shards.cutFailed(run)).toBe(0);
      expect(await store.shards.count(run)).toMatchObject({ failed: 1 });
    },
  );

  it('is left alone when all of a large evaluation failed, and cut when some of it is scored', async () => {
    const { store, run, shards } = await newRun(2_000, 1_000);
    const [first, second] = shards;
    if (first === undefined || second === undefined) throw new Error('two shards');
    await fail(store, first);
    await fail(store, second);
    expect(await store.shards.cutFailed(run)).toBe(0);
    await store.shards.retryFailed(run);
    await fail(store, first);
    await completeRun(store, run);
    expect(await store.shards.cutFailed(run)).toBe(8);
  });

  it('is cut once when two orchestrators do it at the same moment', async () => {
    const { store, run, shards } = await newRun(16, 16);
    for (const shard of shards) await fail(store, shard);
    const pieces = await Promise.all([store.shards.cutFailed(run), store.shards.cutFailed(run)]);
    expect(pieces.sort()).toEqual([0, 8]);
    expect(await open(store, run)).toHaveLength(8);
  });

  it('is not finished by a worker that held the whole of it: what that computed serves the pieces', async () => {
    const { store, run, shards } = await newRun(8, 8);
    const [shard] = shards;
    if (shard === undefined) throw new Error('a shard');
    await fail(store, shard);
    await store.shards.cutFailed(run);
    await explain(store, run, shard);
    expect(await store.shards.count(run)).toEqual({ planned: 7, explained: 1, scored: 0, failed: 0 });
  });
});
