import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createStore, type Store } from '../src/index.js';
import { mapShape, range, sampleMaps, samplePlan, samplePredictions, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('concurrency');

describe('shards', () => {
  it('are completed by exactly one of many workers that have the same shard', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([samplePlan({ seed: 1 })], 10));
    const [evaluation] = await store.runs.evaluations(run.id);
    const [shard] = await store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 1 });
    if (evaluation === undefined || shard === undefined) throw new Error('The run has an evaluation and a shard.');
    const { mapSetId, predictionSetId, scoreSetIds } = evaluation;
    const explained = await Promise.all(
      range(0, 6).map(() =>
        store.shards.completeExplain({
          shardId: shard.id,
          mapSetId,
          mapShape,
          maps: sampleMaps(0, 10),
          predictionSetId,
          predictions: samplePredictions(0, 10),
          reused: 0,
        }),
      ),
    );
    expect(explained.filter(Boolean)).toHaveLength(1);
    const scored = await Promise.all(
      range(0, 6).map(() =>
        store.shards.completeScore({ shardId: shard.id, scores: sampleScores(scoreSetIds, 0, 10), computed: 20, reused: 0 }),
      ),
    );
    expect(scored.filter(Boolean)).toHaveLength(1);
    expect(await database.query('SELECT count(*)::integer AS count FROM map WHERE map_set_id = $1', [mapSetId])).toEqual([
      { count: 10 },
    ]);
  });

  // Runs cut into shards of different sizes write the same rows in overlapping ranges, handed over in any order.
  it('of runs that share maps neither fail nor deadlock', async () => {
    const { store } = database;
    const samples = 400;
    const plan = samplePlan({ seed: 2, samples });
    const runs = await Promise.all([150, 130, 110, 90, 400, 70].map((size) => store.runs.create(sampleRun([plan], size))));
    const work = await Promise.all(
      runs.map(async ({ id }) => {
        const [evaluation] = await store.runs.evaluations(id);
        const shards = await store.shards.page(id, { states: ['planned'], afterId: 0, limit: 100 });
        return shards.map((shard) => ({ shard, evaluation }));
      }),
    );
    const tasks = work.flat().map(async ({ shard, evaluation }, turn) => {
      if (evaluation === undefined) throw new Error('The run has an evaluation.');
      const { start, end } = shard;
      const maps = turn % 2 === 0 ? sampleMaps(start, end) : sampleMaps(start, end).toReversed();
      const predictions = turn % 3 === 0 ? samplePredictions(start, end) : samplePredictions(start, end).toReversed();
      const { mapSetId, predictionSetId, scoreSetIds } = evaluation;
      await store.shards.completeExplain({
        shardId: shard.id,
        mapSetId,
        mapShape,
        maps,
        predictionSetId,
        predictions,
        reused: 0,
      });
      const scores = sampleScores(scoreSetIds, start, end);
      return store.shards.completeScore({
        shardId: shard.id,
        scores: turn % 2 === 0 ? scores : [...scores].reverse(),
        computed: 0,
        reused: 0,
      });
    });
    expect((await Promise.all(tasks)).every(Boolean)).toBe(true);
    const [evaluation] = await store.runs.evaluations(runs[0]?.id ?? '');
    const { maps } = await store.maps.read(evaluation?.mapSetId ?? 0, 0, samples);
    expect([...maps.data]).toEqual(sampleMaps(0, samples).flatMap(({ data }) => [...data]));
    const [counts] = await database.query<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(Number(counts?.deadlocks)).toBe(0);
  });

  // So many bytes that Postgres finds a map that another has stored while the others are still being sent.
  it('of two workers at once store each large map once', async () => {
    const other = await createStore({ url: database.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'other' });
    const shape = [100_000];
    const samples = 12;
    for (let seed = 100; seed < 110; seed += 1) {
      const stores = [database.store, other];
      const results = await Promise.all(
        stores.map(async (store, turn) => {
          const run = await store.runs.create(sampleRun([samplePlan({ seed, samples })], samples));
          const [evaluation] = await store.runs.evaluations(run.id);
          const [shard] = await store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 1 });
          if (evaluation === undefined || shard === undefined) throw new Error('The run has an evaluation and a shard.');
          const { mapSetId, predictionSetId } = evaluation;
          const maps = range(0, samples).map((sampleIndex) => ({
            ...{ sampleIndex, data: new Float32Array(100_000).fill(sampleIndex), degenerate: false, diagnostics: {} },
          }));
          const moved = await store.shards.completeExplain({
            ...{ shardId: shard.id, mapSetId, mapShape: shape, maps: turn === 0 ? maps : maps.toReversed() },
            ...{ predictionSetId, predictions: samplePredictions(0, samples), reused: 0 },
          });
          return { moved, mapSetId };
        }),
      );
      expect(results.map(({ moved }) => moved)).toEqual([true, true]);
      const { maps } = await database.store.maps.read(results[0]?.mapSetId ?? 0, 0, samples);
      expect(range(0, samples).map((index) => maps.data[index * 100_000 + 99_999])).toEqual(range(0, samples));
    }
    await other.close();
  });

  // Its connection stays, but Postgres gets no more than the first of four maps and half of the second.
  it('of a worker that is frozen within a copy are not kept from its successor', async () => {
    const size = 250_000;
    const proxy = await startFreezing(database.url, 1.5 * size * Float32Array.BYTES_PER_ELEMENT);
    const run = await database.store.runs.create(sampleRun([samplePlan({ seed: 200, samples: 4 })], 4));
    const [evaluation] = await database.store.runs.evaluations(run.id);
    const [shard] = await database.store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 1 });
    if (evaluation === undefined || shard === undefined) throw new Error('The run has an evaluation and a shard.');
    const { mapSetId, predictionSetId } = evaluation;
    const maps = range(0, 4).map((sampleIndex) => ({
      ...{ sampleIndex, data: new Float32Array(size).fill(sampleIndex), degenerate: false, diagnostics: {} },
    }));
    const complete = (store: Store): Promise<boolean> =>
      store.shards.completeExplain({
        ...{
          shardId: shard.id,
          mapSetId,
          mapShape: [size],
          maps,
          predictionSetId,
          predictions: samplePredictions(0, 4),
          reused: 0,
        },
      });
    const other = await createStore({ url: proxy.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'frozen' });
    // It notices that its connection is silent, and finds no other.
    const frozen = expect(complete(other)).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    const copying = `SELECT FROM pg_stat_activity WHERE application_name = 'frozen' AND state = 'active' AND query LIKE '%COPY%'`;
    await expect.poll(() => database.query(copying), { timeout: 20_000 }).toHaveLength(1);
    expect(await complete(database.store)).toBe(true);
    await frozen;
    const { maps: stored } = await database.store.maps.read(mapSetId, 0, 4);
    expect(range(0, 4).map((index) => stored.data[index * size + size - 1])).toEqual([0, 1, 2, 3]);
    await other.close();
    await proxy.close();
  }, 120_000);

  it('are inserted by the hundred thousand in one statement', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([samplePlan({ seed: 3, samples: 300_001 })], 3));
    expect(await store.shards.count(run.id)).toEqual({ planned: 100_001, explained: 0, scored: 0, failed: 0 });
    expect(await store.runs.progress(run.id)).toMatchObject({ samples: 300_001 });
  });
});

/** A way to the server that carries so many bytes; then nothing moves and nothing ends. */
async function startFreezing(url: string, bytes: number): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let left = bytes;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.on('data', (part) => {
      if (left > 0) far.write(part.subarray(0, left));
      left -= part.length;
    });
    far.on('data', (part) => {
      if (left > 0) near.write(part);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(address.port);
  return {
    url: through.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
