import type { RunWork } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import type { NewRun, ShardRecord, Store } from '../src/index.js';
import { mapShape, sampleMaps, samplePlan, samplePredictions, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('work');
let seed = 0;

type Work = NewRun['evaluations'][number]['work'];

/** A run with evaluations of so many samples and such a cost, in shards of four. */
async function newRun(evaluations: readonly { readonly samples: number; readonly work?: Work }[]): Promise<string> {
  const run = sampleRun(
    evaluations.map(({ samples }) => samplePlan({ seed: (seed += 1), samples })),
    4,
  );
  const priced = run.evaluations.map((evaluation, ordinal) => {
    const work = evaluations[ordinal]?.work;
    return { ...evaluation, ...(work === undefined ? {} : { work }) };
  });
  return (await database.store.runs.create({ ...run, evaluations: priced })).id;
}

const shardsOf = (run: string): Promise<ShardRecord[]> =>
  database.store.shards.page(run, { states: ['planned', 'explained', 'scored', 'failed'], afterId: -1, limit: 1_000 });

async function explain(shard: ShardRecord, reused = 0): Promise<boolean> {
  const { store } = database;
  const { id: shardId, start, end } = shard;
  const context = await store.shards.context(shardId);
  if (context === undefined) throw new Error('no shard');
  const { mapSetId, predictionSetId } = context.evaluation;
  if (reused > 0) {
    // As another run left them.
    await database.query(
      `INSERT INTO map (map_set_id, sample_index, degenerate, data, diagnostics)
       SELECT $1, i, false, decode(repeat('00', 40), 'hex'), '{}' FROM generate_series($2::integer, $3::integer) i`,
      [mapSetId, start, start + reused - 1],
    );
  }
  return store.shards.completeExplain({
    ...{ shardId, mapSetId, mapShape, maps: sampleMaps(start + reused, end), predictionSetId, reused },
    predictions: samplePredictions(start, end),
  });
}

async function score({ id: shardId, start, end }: ShardRecord, reused = 0): Promise<boolean> {
  const sets = (await database.store.shards.context(shardId))?.evaluation.scoreSetIds ?? [];
  const computed = (end - start) * sets.length - reused;
  return database.store.shards.completeScore({ shardId, scores: sampleScores(sets, start, end), computed, reused });
}

const fail = ({ id }: ShardRecord, stage: 'explain' | 'score'): Promise<boolean> =>
  database.store.shards.fail(id, { stage, attempts: 1, code: 'NOT_FINITE', message: 'It broke.' });

/** Work as the shards of the run give it, one by one. */
async function recount(run: string): Promise<RunWork> {
  const rows = await database.query<Record<string, string>>('SELECT * FROM shard WHERE run_id = $1', [run]);
  const work = { total: 0, open: 0, computed: 0 };
  for (const row of rows) {
    const number = (name: string): number => Number(row[name]);
    const samples = number('sample_end') - number('sample_start');
    const [explaining, scoring] = [samples * number('explain_work'), samples * number('score_work')];
    work.total += explaining + scoring;
    if (row.state === 'planned') work.open += explaining;
    if (row.state === 'planned' || row.state === 'explained') work.open += scoring;
    work.computed += number('maps_computed') * number('explain_work');
    const scores = number('scores_computed') + number('scores_reused');
    if (scores > 0) work.computed += Math.floor((scoring * number('scores_computed')) / scores);
  }
  return work;
}

async function workOf(store: Store, run: string): Promise<RunWork | undefined> {
  const { work } = await store.runs.progress(run);
  expect(work).toEqual(await recount(run));
  return work;
}

describe('the work of a run', () => {
  it('is counted a sample where its cost is not known, and in whole MFLOP where it is', async () => {
    const { store } = database;
    expect(await workOf(store, await newRun([{ samples: 10 }]))).toEqual({ total: 20, open: 20, computed: 0 });
    const priced = await newRun([
      { samples: 10, work: { explain: 2_500_000, score: 7 } },
      { samples: 3, work: { explain: 1e12, score: 0 } },
    ]);
    const total = 10 * (3 + 1) + 3 * (1_000_000 + 1);
    expect(await workOf(store, priced)).toEqual({ total, open: total, computed: 0 });
  });

  it('of the largest costs that can be said is added up', async () => {
    const run = await newRun([{ samples: 1_000, work: { explain: 1e30, score: Number.MAX_VALUE } }]);
    for (const shard of (await shardsOf(run)).slice(0, 3)) {
      await explain(shard);
      await score(shard, 7);
    }
    const { work } = await database.store.runs.progress(run);
    expect(work?.total).toBe(2e12);
    expect(work?.computed).toBe(3 * (4e9 + 0.5e9));
  });

  it('is done as shards move on; what was stored before is done without being computed', async () => {
    const { store } = database;
    const run = await newRun([{ samples: 12, work: { explain: 100e6, score: 7e6 } }]);
    const [first, second, third] = await shardsOf(run);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three shards');
    await explain(first);
    expect(await workOf(store, run)).toEqual({ total: 1284, open: 884, computed: 400 });
    await score(first);
    expect(await workOf(store, run)).toEqual({ total: 1284, open: 856, computed: 428 });
    await explain(second, 3);
    expect(await workOf(store, run)).toEqual({ total: 1284, open: 456, computed: 528 });
    // Of eight scores three: of 28 MFLOP 10.5.
    await score(second, 5);
    expect(await workOf(store, run)).toEqual({ total: 1284, open: 428, computed: 538 });
    await explain(third, 4);
    await score(third, 8);
    expect(await workOf(store, run)).toEqual({ total: 1284, open: 0, computed: 538 });
  });

  it('of failed shards is gone, and is there again when they are tried again', async () => {
    const { store } = database;
    const run = await newRun([{ samples: 8, work: { explain: 10e6, score: 1e6 } }]);
    const [first, second] = await shardsOf(run);
    if (first === undefined || second === undefined) throw new Error('two shards');
    await fail(first, 'explain');
    await explain(second);
    await fail(second, 'score');
    expect(await workOf(store, run)).toEqual({ total: 88, open: 0, computed: 40 });
    await store.shards.retryFailed(run);
    expect(await workOf(store, run)).toEqual({ total: 88, open: 48, computed: 40 });
  });

  it('is the same when failed shards are cut', async () => {
    const { store } = database;
    const run = await newRun([{ samples: 8, work: { explain: 10e6, score: 1e6 } }]);
    const [first, second] = await shardsOf(run);
    if (first === undefined || second === undefined) throw new Error('two shards');
    await fail(first, 'explain');
    await explain(second);
    await fail(second, 'score');
    expect(await store.shards.cutFailed(run)).toBe(8);
    expect(await workOf(store, run)).toEqual({ total: 88, open: 48, computed: 40 });
    for (const shard of await shardsOf(run)) {
      if (shard.state === 'planned') await explain(shard);
      await score(shard);
    }
    expect(await workOf(store, run)).toEqual({ total: 88, open: 0, computed: 88 });
  });

  it('is told of several runs at once', async () => {
    const runs = [await newRun([{ samples: 2 }]), await newRun([{ samples: 3 }])];
    const all = await database.store.runs.progressOf([...runs, 'nobody']);
    expect([...runs, 'nobody'].map((id) => all.get(id)?.work?.open)).toEqual([4, 6, 0]);
    expect(await database.store.runs.progressOf([])).toEqual(new Map());
  });
});
