import { beforeAll, describe, expect, it } from 'vitest';
import { createStore, type ShardRecord, type Store } from '../src/index.js';
import { mapShape, sampleMaps, samplePlan, samplePredictions, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('claims');

describe('a claim on maps', () => {
  let store: Store;
  let seed = 0;

  beforeAll(() => ({ store } = database));

  /** Two running runs of one evaluation of ten samples, whose shards have the given sizes. */
  async function twoRuns(sizes: readonly [number, number]): Promise<[ShardRecord[], ShardRecord[]]> {
    const plan = samplePlan({ seed: (seed += 1) });
    const shards = sizes.map(async (size) => {
      const { id } = await store.runs.create(sampleRun([plan], size));
      await store.runs.move(id, ['planned'], 'running');
      return store.shards.page(id, { states: ['planned'], afterId: -1, limit: 10 });
    });
    return [(await shards[0]) ?? [], (await shards[1]) ?? []];
  }

  const begin = (shard: ShardRecord | undefined): Promise<boolean> =>
    store.shards.beginAttempt(shard?.id ?? -1, 'explain', 'worker');

  async function explain({ id: shardId, start, end }: ShardRecord): Promise<void> {
    const { mapSetId, predictionSetId } = (await store.shards.context(shardId))?.evaluation ?? {
      mapSetId: -1,
      predictionSetId: -1,
    };
    const result = { maps: sampleMaps(start, end), predictions: samplePredictions(start, end), reused: 0 };
    await store.shards.completeExplain({ shardId, mapSetId, mapShape, predictionSetId, ...result });
  }

  it('lets one of two shards that need the same maps begin, though both ask at once; the other when those are stored', async () => {
    const [[first], [second]] = await twoRuns([10, 10]);
    if (first === undefined || second === undefined) throw new Error('Each run has a shard.');
    const begun = await Promise.all([begin(first), begin(second)]);
    expect(begun.toSorted()).toEqual([false, true]);
    const [winner, loser] = begun[0] ? [first, second] : [second, first];
    expect((await store.shards.context(loser.id))?.shard.attempts.explain).toBe(0);
    await explain(winner);
    expect(await begin(loser)).toBe(true);
  });

  it('lets one begin when two processes ask at once', async () => {
    const other = await createStore({ url: database.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'tests' });
    try {
      for (let time = 0; time < 20; time += 1) {
        const [[first], [second]] = await twoRuns([10, 10]);
        const begun = await Promise.all([begin(first), other.shards.beginAttempt(second?.id ?? -1, 'explain', 'other')]);
        expect(begun.toSorted()).toEqual([false, true]);
      }
    } finally {
      await other.close();
    }
  });

  it('holds for shards of other sizes that have samples in common, and for no others', async () => {
    const [threes, fours] = await twoRuns([3, 4]);
    expect(await begin(threes[1])).toBe(true); // samples 3 … 5
    expect(await begin(fours[0])).toBe(false); // 0 … 3
    expect(await begin(fours[1])).toBe(false); // 4 … 7
    expect(await begin(fours[2])).toBe(true); // 8, 9
    expect(await begin(threes[0])).toBe(true); // 0 … 2
    expect(await begin(threes[2])).toBe(false); // 6 … 8
  });

  it('does not hold against the shard itself, whose task may come to another worker', async () => {
    const [[shard]] = await twoRuns([10, 10]);
    expect(await begin(shard)).toBe(true);
    expect(await begin(shard)).toBe(true);
  });

  it('ends by itself when its worker says nothing more, and lasts while it does', async () => {
    const [[first], [second]] = await twoRuns([10, 10]);
    expect(await begin(first)).toBe(true);
    const expire = `UPDATE shard SET claimed_until = clock_timestamp() WHERE id = $1`;
    await database.query(expire, [first?.id]);
    await store.shards.renewClaim(first?.id ?? -1);
    expect(await begin(second)).toBe(false);
    await database.query(expire, [first?.id]);
    expect(await begin(second)).toBe(true);
  });

  it('ends with its run, and when its shard has failed', async () => {
    const [[first], [second]] = await twoRuns([10, 10]);
    expect(await begin(first)).toBe(true);
    await store.runs.move(first?.runId ?? '', ['running'], 'cancelled');
    expect(await begin(second)).toBe(true);
    const [[third], [fourth]] = await twoRuns([10, 10]);
    expect(await begin(third)).toBe(true);
    await store.shards.fail(third?.id ?? -1, { stage: 'explain', attempts: 5, code: 'ENGINE_FAILED', message: 'It broke.' });
    expect(await begin(fourth)).toBe(true);
  });
});
