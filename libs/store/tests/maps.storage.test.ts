import { endianness } from 'node:os';
import { describe, expect, it } from 'vitest';
import { bytesOfFloats, unpackFloats } from '../src/maps/float-bytes.js';
import type { EvaluationRecord, MapRow } from '../src/index.js';
import { completeRun, range, sampleMaps, samplePlan, samplePredictions, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('maps');

async function stored(seed: number): Promise<EvaluationRecord> {
  const run = await database.store.runs.create(sampleRun([samplePlan({ seed })]));
  await completeRun(database.store, run.id);
  const [evaluation] = await database.store.runs.evaluations(run.id);
  if (evaluation === undefined) throw new Error('The run has an evaluation.');
  return evaluation;
}

/** A run of one shard that stores the given maps. */
async function storeMaps(seed: number, shape: readonly number[], maps: readonly MapRow[]): Promise<number> {
  const { store } = database;
  const run = await store.runs.create(sampleRun([samplePlan({ seed, samples: maps.length })], maps.length));
  const [evaluation] = await store.runs.evaluations(run.id);
  const [shard] = await store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 1 });
  if (evaluation === undefined || shard === undefined) throw new Error('The run has an evaluation and a shard.');
  const { mapSetId, predictionSetId } = evaluation;
  await store.shards.completeExplain({
    shardId: shard.id,
    mapSetId,
    mapShape: shape,
    maps,
    predictionSetId,
    predictions: samplePredictions(0, maps.length),
    reused: 0,
  });
  return mapSetId;
}

function largeMaps(count: number, size: number): MapRow[] {
  return range(0, count).map((sampleIndex) => ({
    sampleIndex,
    data: Float32Array.from({ length: size }, (_, at) => Math.fround(Math.sin(at + sampleIndex * size))),
    degenerate: sampleIndex % 2 === 1,
    diagnostics: { row: sampleIndex },
  }));
}

describe('maps', () => {
  it('come back bit for bit, in order, with their flags', async () => {
    const { mapSetId } = await stored(1);
    const { maps, degenerate } = await database.store.maps.read(mapSetId, 2, 9);
    expect(maps.shape).toEqual([7, 5, 2]);
    expect([...maps.data]).toEqual(sampleMaps(2, 9).flatMap(({ data }) => [...data]));
    expect(degenerate).toEqual(sampleMaps(2, 9).map((map) => map.degenerate));
    const records = sampleMaps(2, 9).map(({ sampleIndex, degenerate: flag, diagnostics }) => ({
      sampleIndex,
      degenerate: flag,
      diagnostics,
    }));
    expect(await database.store.maps.records(mapSetId, 2, 9)).toEqual(records);
    expect(await database.store.maps.records(mapSetId, 1000, 2000)).toEqual([]);
    expect(await database.store.maps.readOne(mapSetId, 3)).toEqual({
      map: { shape: [5, 2], data: sampleMaps(3, 4)[0]?.data },
      degenerate: true,
      diagnostics: { additivityError: 0.003 },
    });
  });

  it('are raw little-endian float32 for people with psql', async () => {
    const { mapSetId } = await stored(2);
    const [row] = await database.query<{ data: Buffer }>('SELECT data FROM map WHERE map_set_id = $1 AND sample_index = 3', [
      mapSetId,
    ]);
    expect(range(0, 10).map((position) => row?.data.readFloatLE(position * 4))).toEqual([...(sampleMaps(3, 4)[0]?.data ?? [])]);
  });

  it('keep special values, in maps and diagnostics', async () => {
    const special = [NaN, Infinity, -Infinity, -0, Math.fround(1e-45), 3.4028234663852886e38];
    const diagnostics = { nan: NaN, high: Infinity, low: -Infinity, plain: 0.1 };
    const mapSetId = await storeMaps(
      3,
      [6],
      [{ sampleIndex: 0, data: Float32Array.from(special), degenerate: false, diagnostics }],
    );
    const one = await database.store.maps.readOne(mapSetId, 0);
    expect([...one.map.data]).toEqual(special);
    expect(one.diagnostics).toEqual(diagnostics);
    expect(await database.store.maps.records(mapSetId, 0, 1)).toEqual([{ sampleIndex: 0, degenerate: false, diagnostics }]);
  });

  it('larger than a page are kept in parts that fill one, for people with psql in one piece', async () => {
    // 8120 bytes are 2030 values: the last that fits, one more, and two parts and a half.
    for (const [seed, size, parts] of [
      [20, 2030, []],
      [21, 2031, [8120, 4]],
      [22, 5075, [8120, 8120, 4060]],
    ] as const) {
      const maps = largeMaps(4, size);
      const mapSetId = await storeMaps(seed, [size], maps);
      const read = await database.store.maps.read(mapSetId, 1, 4);
      expect([...read.maps.data]).toEqual(maps.slice(1).flatMap(({ data }) => [...data]));
      expect(read.degenerate).toEqual([true, false, true]);
      const one = { map: { shape: [size], data: maps[3]?.data }, degenerate: true, diagnostics: { row: 3 } };
      expect(await database.store.maps.readOne(mapSetId, 3)).toEqual(one);
      expect(
        await database.query(
          'SELECT sample_index, array_agg(octet_length(data) ORDER BY part) AS bytes FROM map_part WHERE map_set_id = $1 GROUP BY 1 ORDER BY 1',
          [mapSetId],
        ),
      ).toEqual(parts.length === 0 ? [] : range(0, 4).map((sampleIndex) => ({ sample_index: sampleIndex, bytes: parts })));
      const whole = await database.query<{ data: Buffer }>(
        'SELECT data FROM whole_map WHERE map_set_id = $1 ORDER BY sample_index',
        [mapSetId],
      );
      expect(whole.map(({ data }) => data.equals(bytesOfFloats(maps.shift()?.data ?? new Float32Array())))).toEqual(
        Array(4).fill(true),
      );
    }
  });

  it('of an earlier version, in one value however large, are read as they are', async () => {
    const maps = largeMaps(3, 40_000);
    const mapSetId = await storeMaps(23, [40_000], maps);
    await database.query(
      `UPDATE map m SET data = w.data FROM whole_map w WHERE (w.map_set_id, w.sample_index) = (m.map_set_id, m.sample_index) AND w.map_set_id = $1`,
      [mapSetId],
    );
    await database.query('DELETE FROM map_part WHERE map_set_id = $1', [mapSetId]);
    const { maps: read } = await database.store.maps.read(mapSetId, 0, 3);
    expect([...read.data]).toEqual(maps.flatMap(({ data }) => [...data]));
    expect((await database.store.maps.readOne(mapSetId, 2)).map.data).toEqual(maps[2]?.data);
  });

  it('go with their parts, one by one and with their set', async () => {
    const mapSetId = await storeMaps(24, [3000], largeMaps(4, 3000));
    const other = await storeMaps(25, [3000], largeMaps(4, 3000));
    const parts = async (): Promise<unknown> =>
      database.query(
        'SELECT map_set_id AS set, array_agg(sample_index ORDER BY sample_index, part) AS samples FROM map_part WHERE map_set_id = ANY ($1) GROUP BY 1 ORDER BY 1',
        [[mapSetId, other]],
      );
    const all = [0, 0, 1, 1, 2, 2, 3, 3];
    await database.query('DELETE FROM map WHERE map_set_id = $1 AND sample_index IN (1, 3)', [mapSetId]);
    expect(await parts()).toEqual([
      { set: mapSetId, samples: [0, 0, 2, 2] },
      { set: other, samples: all },
    ]);
    expect([...(await database.store.maps.missing(mapSetId, 0, 4))]).toEqual([1, 3]);
    await database.query('DELETE FROM evaluation WHERE map_set_id = $1', [mapSetId]);
    await database.query('DELETE FROM map_set WHERE id = $1', [mapSetId]);
    expect(await parts()).toEqual([{ set: other, samples: all }]);
  });

  it('that are not whole are named, and nothing is made up', async () => {
    const mapSetId = await storeMaps(26, [3000], largeMaps(3, 3000));
    await database.query('DELETE FROM map_part WHERE map_set_id = $1 AND sample_index = 1 AND part = 1', [mapSetId]);
    await database.query('DELETE FROM map_part WHERE map_set_id = $1 AND sample_index = 2', [mapSetId]);
    for (const [sample, bytes] of [
      [1, 8120],
      [2, 0],
    ] as const) {
      const damaged = {
        code: 'INTERNAL',
        message: expect.stringContaining(
          `sample ${String(sample)} is damaged: it has ${String(bytes)} bytes, not 12000`,
        ) as string,
      };
      await expect(database.store.maps.read(mapSetId, sample, 3)).rejects.toMatchObject(damaged);
      await expect(database.store.maps.readOne(mapSetId, sample)).rejects.toMatchObject(damaged);
    }
  });

  it('are refused where parts of another are in the way', async () => {
    const [{ next } = { next: 0 }] = await database.query<{ next: number }>('SELECT max(id) + 1 AS next FROM map_set');
    await database.query(`INSERT INTO map_part VALUES ($1, 1, 0, '')`, [next]);
    await expect(storeMaps(27, [3000], largeMaps(3, 3000))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('map_part_pkey') as string,
    });
    expect([...(await database.store.maps.missing(next, 0, 3))]).toEqual([0, 1, 2]);
  });

  it('are written from views into larger buffers', async () => {
    const size = 150_000;
    const all = Float32Array.from({ length: size * 7 + 1 }, (_, index) => index % 9973);
    const maps = range(0, 7).map((sampleIndex) => ({
      sampleIndex,
      data: all.subarray(1 + sampleIndex * size, 1 + (sampleIndex + 1) * size),
      degenerate: false,
      diagnostics: {},
    }));
    const mapSetId = await storeMaps(4, [size], maps);
    const { maps: read } = await database.store.maps.read(mapSetId, 0, 7);
    expect(Buffer.compare(Buffer.from(read.data.buffer), Buffer.from(all.buffer, 4))).toBe(0);
  });

  it('that are missing are named', async () => {
    const { mapSetId } = await stored(5);
    await database.query('DELETE FROM map WHERE map_set_id = $1 AND sample_index IN (0, 4, 9)', [mapSetId]);
    expect([...(await database.store.maps.missing(mapSetId, 0, 12))]).toEqual([0, 4, 9, 10, 11]);
    expect([...(await database.store.maps.missing(mapSetId, 5, 9))]).toEqual([]);
    for (const [start, end, missing] of [
      [0, 3, 0],
      [3, 6, 4],
      [8, 10, 9],
      [20, 21, 20],
    ] as const) {
      await expect(database.store.maps.read(mapSetId, start, end)).rejects.toMatchObject({
        code: 'MAP_NOT_FOUND',
        message: expect.stringContaining(`sample ${String(missing)}`) as string,
      });
    }
    await expect(database.store.maps.readOne(mapSetId, 4)).rejects.toMatchObject({ code: 'MAP_NOT_FOUND' });
    await expect(database.store.maps.read(-1, 0, 1)).rejects.toMatchObject({ code: 'MAP_NOT_FOUND' });
  });

  it('are counted by key', async () => {
    const { plan } = await stored(6);
    const { mapSetKey, scoreSetKey } = await import('@xaigrid/contracts');
    const key = mapSetKey(plan);
    expect(await database.store.maps.countStored([key], 4)).toEqual(new Map([[key, 4]]));
    expect(await database.store.maps.countStored([key, '0'.repeat(64)], 100)).toEqual(new Map([[key, 10]]));
    expect(await database.store.maps.countStored([key], Int32Array.of(1, 3, 200))).toEqual(new Map([[key, 2]]));
    const [setting] = plan.settings;
    if (setting === undefined) throw new Error('The plan has a setting.');
    const scores = scoreSetKey(key, setting);
    expect(await database.store.scores.countStored([scores], 100)).toEqual(new Map([[scores, 10]]));
  });

  it('are looked for in the index only', async () => {
    const { mapSetId } = await stored(7);
    await database.query('VACUUM ANALYZE map');
    await database.query('SET enable_seqscan = off');
    const plan = await database.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT sample_index FROM map WHERE map_set_id = ${String(mapSetId)} AND sample_index >= 0 AND sample_index < 10`,
    );
    await database.query('RESET enable_seqscan');
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('Index Only Scan using map_pkey');
  });
});

describe('predictions', () => {
  it('come back bit for bit, with labels; the predicted class is the first largest', async () => {
    const { predictionSetId } = await stored(8);
    const { outputs, labels } = await database.store.predictions.read(predictionSetId, 1, 10);
    const expected = samplePredictions(1, 10);
    expect(outputs.shape).toEqual([9, 3]);
    expect([...outputs.data]).toEqual(expected.flatMap((row) => [...row.outputs]));
    expect([...labels]).toEqual(expected.map(({ label }) => label));
    const rows = await database.query<{ class: number }>(
      'SELECT predicted_class AS class FROM prediction WHERE prediction_set_id = $1 ORDER BY sample_index LIMIT 3',
      [predictionSetId],
    );
    expect(rows.map((row) => row.class)).toEqual([2, 2, 1]);
    expect(await database.store.predictions.missing(predictionSetId, 0, 10)).toHaveLength(0);
    await expect(database.store.predictions.read(predictionSetId, 5, 12)).rejects.toMatchObject({
      code: 'MAP_NOT_FOUND',
      message: expect.stringContaining('sample 10') as string,
    });
  });

  it('are counted and read as far as they are stored', async () => {
    const { predictionSetId } = await stored(11);
    await database.query('DELETE FROM prediction WHERE prediction_set_id = $1 AND sample_index IN (4, 7)', [predictionSetId]);
    expect(await database.store.predictions.count(predictionSetId, 2, 9)).toBe(5);
    const { sampleIndices, labels, outputs } = await database.store.predictions.stored(predictionSetId, 2, 100);
    const left = samplePredictions(2, 10).filter(({ sampleIndex }) => sampleIndex !== 4 && sampleIndex !== 7);
    expect([...sampleIndices]).toEqual(left.map(({ sampleIndex }) => sampleIndex));
    expect([...labels]).toEqual(left.map(({ label }) => label));
    expect(outputs.shape).toEqual([6, 3]);
    expect([...outputs.data]).toEqual(left.flatMap((row) => [...row.outputs]));
    expect((await database.store.predictions.stored(predictionSetId, 50, 60)).outputs.shape).toEqual([0, 0]);
    await expect(database.store.predictions.read(predictionSetId, 3, 6)).rejects.toMatchObject({ code: 'MAP_NOT_FOUND' });
  });
});

describe('scores', () => {
  it('that are missing are named for each set', async () => {
    const { scoreSetIds } = await stored(9);
    await database.query('DELETE FROM score WHERE score_set_id = $1 AND sample_index = 2', [scoreSetIds[1]]);
    expect((await database.store.scores.missing(scoreSetIds, 0, 5)).map((indices) => [...indices])).toEqual([[], [2]]);
  });
});

describe('float bytes', () => {
  it('are unpacked from any alignment', () => {
    const values = Float32Array.from([1.5, -2.25, NaN]);
    const packed = bytesOfFloats(values);
    const shifted = new Uint8Array(packed.length + 1);
    shifted.set(packed, 1);
    const target = new Float32Array(4);
    unpackFloats(shifted.subarray(1), target, 1);
    expect([...target]).toEqual([0, ...values]);
    if (endianness() === 'LE') expect(Buffer.compare(packed, Buffer.from(values.buffer))).toBe(0);
  });
});
