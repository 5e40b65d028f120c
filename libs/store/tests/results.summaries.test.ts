import type { TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { completeRun, range, samplePlan, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('summaries');
let seed = 0;

/** A run of its own sets, all scored. */
async function scoredRun(...plans: Parameters<typeof samplePlan>[0][]): Promise<string> {
  seed += 1;
  const { id } = await database.store.runs.create(
    sampleRun((plans.length === 0 ? [{}] : plans).map((plan) => samplePlan({ seed, ...plan }))),
  );
  await completeRun(database.store, id);
  return id;
}

const table = (id: string): Promise<TableRow[]> => database.store.results.table([id]);
const summarize = (id: string): Promise<void> => database.store.results.summarize(id);

/** How many score sets of the run the table need not read. */
async function summarized(id: string): Promise<number> {
  const rows = await database.query<{ count: number }>(
    `SELECT count(DISTINCT k.score_set_id)::integer AS count
     FROM evaluation e JOIN evaluation_setting es ON es.evaluation_id = e.id
     JOIN score_summary k ON k.score_set_id = es.score_set_id AND k.planned = e.samples WHERE e.run_id = $1`,
    [id],
  );
  return rows[0]?.count ?? NaN;
}

/** What the table is when it reads the scores. */
async function readAnew(id: string): Promise<TableRow[]> {
  await database.query('DELETE FROM score_summary');
  return table(id);
}

/** `setIds` of the run, as its first evaluation has them. */
async function firstSets(id: string): Promise<readonly number[]> {
  const [evaluation] = await database.store.runs.evaluations(id);
  return evaluation?.scoreSetIds ?? [];
}

describe('results.summarize', () => {
  it('changes no bit of a table: means, divided ones, values that are not finite, a single sample, none', async () => {
    const { store } = database;
    const [plain] = samplePlan({ keepFractions: [0.3] }).settings;
    if (plain === undefined) throw new TypeError('no setting');
    const settings = [plain, { ...plain, divisor: { value: 40, measures: ['drop', 'increase'] } }];
    const id = await scoredRun(
      { samples: 97, keepFractions: [0.1, 0.2, 0.7] },
      { settings, seed: 900 },
      { samples: 1, seed: 901 },
    );
    const [first = NaN, second = NaN, third = NaN] = await firstSets(id);
    for (const [set, values] of [
      [first, '{NaN,1,0,2}'],
      [second, '{Infinity,NaN,NaN,NaN}'],
      [third, '{1e-300,0.1,1e100,2}'],
    ]) {
      await database.query('UPDATE score SET measures = $2 WHERE score_set_id = $1 AND sample_index % 7 = 5', [set, values]);
    }
    const empty = await store.runs.create(sampleRun([samplePlan({ seed: 902 })]));
    for (const run of [id, empty.id]) {
      const before = await table(run);
      await summarize(run);
      expect(await summarized(run)).toBe(
        new Set((await store.runs.evaluations(run)).flatMap(({ scoreSetIds }) => scoreSetIds)).size,
      );
      expect(await table(run)).toEqual(before);
    }
  });

  it('is what the table shows from then on', async () => {
    const id = await scoredRun();
    await summarize(id);
    await database.query(`UPDATE score_summary SET mean = 0.625 WHERE measure_ordinal = 0`);
    expect((await table(id)).map(({ measures }) => measures.drop?.value)).toEqual([0.625, 0.625]);
  });

  it('sums up a set anew for runs with another number of its samples, and leaves the others', async () => {
    const small = await scoredRun({ samples: 10, seed: 700 });
    await summarize(small);
    const before = await table(small);
    const large = await scoredRun({ samples: 25, seed: 700 });
    await summarize(large);
    expect([await summarized(small), await summarized(large)]).toEqual([2, 2]);
    expect(await table(small)).toEqual(before);
    const after = await table(large);
    expect(after.map(({ samples }) => samples)).toEqual([25, 25]);
    expect(after).toEqual(await readAnew(large));
  });

  it('forgets what was summed up of a set that was not complete as soon as scores are added', async () => {
    const { store } = database;
    const { id } = await store.runs.create(sampleRun([samplePlan({ seed: 800, samples: 12 })]));
    const sets = await firstSets(id);
    for (const shard of await store.shards.page(id, { states: ['planned'], afterId: 0, limit: 10 })) {
      const scores = sampleScores(sets, shard.start, shard.end);
      await store.shards.completeScore({ shardId: shard.id, scores, computed: 0, reused: 0 });
      expect(await summarized(id)).toBe(0);
      await summarize(id);
      expect(await summarized(id)).toBe(2);
      expect((await table(id)).map(({ samples }) => samples)).toEqual([shard.end, shard.end]);
    }
    expect(await table(id)).toEqual(await readAnew(id));
  });

  it.each([
    ['changed', 'UPDATE score SET measures[1] = 0.75 WHERE score_set_id = $1 AND sample_index = 3'],
    ['removed', 'DELETE FROM score WHERE score_set_id = $1 AND sample_index = 3'],
    ['moved', 'UPDATE score SET score_set_id = $1, sample_index = 9000 WHERE score_set_id = $1 + 1 AND sample_index = 3'],
  ])('forgets what was summed up of a set when scores are %s', async (_, sql) => {
    const id = await scoredRun();
    const other = await scoredRun();
    await summarize(id);
    await summarize(other);
    const [set] = await firstSets(id);
    await database.query(sql, [set]);
    expect(await summarized(other)).toBe(2);
    expect(await summarized(id)).toBeLessThan(2);
    expect(await table(id)).toEqual(await readAnew(id));
  });

  it('forgets everything when the scores are truncated', async () => {
    const id = await scoredRun();
    await summarize(id);
    await database.query('TRUNCATE score');
    expect((await table(id)).map(({ samples }) => samples)).toEqual([0, 0]);
  });

  it('goes away with the sets that nobody refers to', async () => {
    const { store } = database;
    const [kept, removed] = [await scoredRun(), await scoredRun()];
    await summarize(kept);
    await summarize(removed);
    const before = await table(kept);
    const sets = await firstSets(removed);
    await store.runs.remove(removed);
    await store.collectGarbage({ dryRun: false });
    expect(await database.query('SELECT FROM score_summary WHERE score_set_id = ANY ($1)', [sets])).toEqual([]);
    expect(await summarized(kept)).toBe(2);
    expect(await table(kept)).toEqual(before);
  });

  it('stops when it is told to, and does the rest another time', async () => {
    const id = await scoredRun({ keepFractions: range(1, 6).map((tenth) => tenth / 10) });
    await database.store.results.summarize(id, AbortSignal.abort());
    expect(await summarized(id)).toBe(0);
    const stopping = new AbortController();
    const summing = database.store.results.summarize(id, stopping.signal);
    while ((await summarized(id)) === 0) await Promise.resolve();
    stopping.abort();
    await summing;
    await Promise.all([summarize(id), summarize(id)]);
    expect(await summarized(id)).toBe(5);
    expect(await table(id)).toEqual(await readAnew(id));
  });

  it('never keeps what misses a score that was written meanwhile', async () => {
    const { store } = database;
    for (const own of range(0, 10)) {
      const { id } = await store.runs.create(sampleRun([samplePlan({ seed: 1000 + own, samples: 40 })]));
      const sets = await firstSets(id);
      const shards = await store.shards.page(id, { states: ['planned'], afterId: 0, limit: 100 });
      await Promise.all([
        ...shards.map((shard) =>
          store.shards.completeScore({
            ...{ shardId: shard.id, computed: 0, reused: 0 },
            scores: sampleScores(sets, shard.start, shard.end),
          }),
        ),
        ...range(0, 4).map(() => summarize(id)),
      ]);
      await summarize(id);
      expect(await table(id)).toEqual(await readAnew(id));
    }
  });
});
