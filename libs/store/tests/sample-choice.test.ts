import { choiceKey, type PlannedEvaluation } from '@xaigrid/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NewRun } from '../src/index.js';
import { readRunScoreSets } from '../src/results/run-score-sets.js';
import { streamScores } from '../src/results/score-stream.js';
import type { Statements } from '../src/sql/prisma.js';
import {
  completeRun,
  mapShape,
  sampleMaps,
  sampleMeasures,
  samplePlan,
  samplePredictions,
  sampleRun,
  sampleScores,
} from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('choice');

const chosen = Int32Array.of(1, 2, 5, 9, 14, 15, 22, 28);
const size = 30;

function planOf(indices: Int32Array<ArrayBuffer>): PlannedEvaluation {
  const plan = samplePlan({ samples: indices.length, seed: 3 });
  return {
    ...plan,
    dataset: { ...plan.dataset, size },
    chosen: { choose: 'stratified', seed: 7, sha256: choiceKey(indices) },
  };
}

const runOf = (indices: Int32Array<ArrayBuffer>, shardSize = 3): NewRun => ({
  ...sampleRun([planOf(indices)], shardSize),
  choices: new Map([[choiceKey(indices), indices]]),
});

/** Stores a run with a choice and does all its shards. @returns its id, and the samples of each shard */
async function complete(indices: Int32Array<ArrayBuffer>): Promise<{ readonly id: string; readonly shards: number[][] }> {
  const { store } = database;
  const { id } = await store.runs.create(runOf(indices));
  await store.runs.move(id, ['planned'], 'running');
  const shards: number[][] = [];
  for (const { id: shardId } of await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 100 })) {
    const context = await store.shards.context(shardId);
    if (context === undefined) throw new Error('no context');
    const { evaluation, sampleIndices } = context;
    const { mapSetId, predictionSetId, scoreSetIds } = evaluation;
    const span = [0, size, sampleIndices] as const;
    const lacking = new Set(await store.maps.missing(mapSetId, ...span));
    const unpredicted = new Set(await store.predictions.missing(predictionSetId, ...span));
    shards.push([...sampleIndices]);
    await store.shards.completeExplain({
      ...{ shardId, mapSetId, mapShape, predictionSetId, reused: sampleIndices.length - lacking.size },
      maps: sampleMaps(0, size).filter(({ sampleIndex }) => lacking.has(sampleIndex)),
      predictions: samplePredictions(0, size).filter(({ sampleIndex }) => unpredicted.has(sampleIndex)),
    });
    const scores = sampleScores(scoreSetIds, 0, size).map(({ scoreSetId, measures }) => ({
      scoreSetId,
      sampleIndices,
      measures: measures.map((values) => Float64Array.from(sampleIndices, (index) => values[index] ?? NaN)),
      degenerate: Array.from(sampleIndices, (index) => index % 4 === 3),
    }));
    await store.shards.completeScore({ shardId, scores, computed: lacking.size * scoreSetIds.length, reused: 0 });
  }
  return { id, shards };
}

const meanDrop = (setting: number, of: Iterable<number>): number => {
  const drops = Array.from(of, (index) => sampleMeasures(setting, index)[0] ?? NaN);
  return drops.reduce((sum, drop) => sum + drop, 0) / drops.length;
};

let run: Awaited<ReturnType<typeof complete>>;
let larger: Awaited<ReturnType<typeof complete>>;
const more = Int32Array.of(0, 1, 2, 5, 9, 10, 14, 15, 22, 23, 28);

beforeAll(async () => {
  // All samples are stored, those of a choice among them, so that whoever reads too much reads others.
  const plan = samplePlan({ samples: size, seed: 3 });
  const all = await database.store.runs.create(sampleRun([{ ...plan, dataset: { ...plan.dataset, size } }], 10));
  await completeRun(database.store, all.id);
  run = await complete(chosen);
  larger = await complete(more);
});

describe('an evaluation with a choice of samples', () => {
  it('has shards of these samples, and finds what is stored of them', async () => {
    expect(run.shards).toEqual([
      [1, 2, 5],
      [9, 14, 15],
      [22, 28],
    ]);
    expect(await database.store.runs.counters(run.id)).toMatchObject({ mapsComputed: 0, mapsReused: 8 });
    expect(await database.store.runs.progress(run.id)).toMatchObject({ samples: 8, scored: 8 });
  });

  it.each(['before it is summed up', 'after'])('has a table of its samples alone, %s', async (when) => {
    const { store } = database;
    if (when === 'after') for (const id of [run.id, larger.id]) await store.results.summarize(id);
    for (const [id, indices] of [
      [run.id, chosen],
      [larger.id, more],
    ] as const) {
      const rows = await store.results.table([id]);
      for (const [setting, row] of rows.entries()) {
        expect(row).toMatchObject({ samples: indices.length, planned: indices.length, datasetSize: size });
        expect(row.chosen).toEqual({ choose: 'stratified', seed: 7, sha256: choiceKey(indices) });
        expect(row.degenerate).toBe(indices.filter((index) => index % 4 === 3).length);
        expect(row.measures.drop?.value).toBeCloseTo(meanDrop(setting, indices), 14);
        const kept = indices.filter((index) => sampleMeasures(setting, index)[3] === 1).length;
        expect(row.measures.maskedClass?.value).toBe(Math.max(kept, indices.length - kept) / indices.length);
      }
    }
  });

  it.each([
    {},
    { sort: '-drop' },
    { sort: 'increase' },
    { sort: '-sample' },
    { class: 2 },
    { class: 2, sort: '-drop' },
    { range: { measure: 'drop', low: 0.2, high: 0.7 } },
    { range: { measure: 'drop', low: 0.2, high: 0.7 }, sort: '-increase' },
    { degenerate: true, sort: 'drop' },
    { degenerate: false },
  ])('has scores of its samples alone: %j', async (filter) => {
    const found = await database.store.results.scores({ runId: run.id, limit: 100, offset: 0, ...filter });
    const passing = [0, 1].flatMap((setting) =>
      [...chosen]
        .filter((index) => {
          const drop = sampleMeasures(setting, index)[0] ?? NaN;
          return (
            (filter.class === undefined || index % 3 === filter.class) &&
            (filter.range === undefined || (drop >= 0.2 && drop <= 0.7)) &&
            (filter.degenerate === undefined || (index % 4 === 3) === filter.degenerate)
          );
        })
        .map((index) => `${setting} ${index}`),
    );
    const shown = found.map(({ setting, sampleIndex }) => `${setting.keepFraction === 0.1 ? 0 : 1} ${sampleIndex}`);
    expect(shown.toSorted()).toEqual(passing.toSorted());
    if (filter.sort === '-drop')
      expect(found.map(({ measures }) => measures.drop)).toEqual(
        found.map(({ measures }) => measures.drop).toSorted((a = 0, b = 0) => b - a),
      );
  });

  it('is compared with others by the samples that both take', async () => {
    const { store } = database;
    const others = Int32Array.of(2, 5, 6, 22);
    const [one, other] = [
      planOf(chosen),
      { ...planOf(others), label: 'other', explainer: { ...planOf(others).explainer, version: 2 } },
    ];
    const { id } = await store.runs.create({
      ...sampleRun([one, other], 3),
      choices: new Map([chosen, others].map((indices) => [choiceKey(indices), indices])),
    });
    const [, second] = await store.runs.evaluations(id);
    // More than it takes: what others may have stored.
    const { mapSetId, predictionSetId, scoreSetIds } = second ?? { mapSetId: 0, predictionSetId: 0, scoreSetIds: [] };
    for (const shard of await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 100 })) {
      if (shard.evaluationId !== second?.id) continue;
      const first = shard.start === 0;
      await store.shards.completeExplain({
        ...{ shardId: shard.id, mapSetId, mapShape, predictionSetId, predictions: [], reused: 0 },
        maps: first ? sampleMaps(0, size) : [],
      });
      const scores = first ? sampleScores(scoreSetIds, 0, size) : [];
      await store.shards.completeScore({ shardId: shard.id, scores, computed: 0, reused: 0 });
    }
    const compared = await store.results.comparisons({ runIds: [id], measure: 'drop' });
    // 2, 5 and 22. The scores of a sample are the same in both.
    expect(compared.map(({ samples, difference }) => [samples, difference])).toEqual([
      [3, 0],
      [3, 0],
    ]);
    expect(compared.map(({ test }) => test?.p)).toEqual([1, 1]);
    // Page by page: at most two samples of each choice at a time, and no others.
    const queries: Statements = {
      $queryRaw: ({ text, values }) => database.query(text, values),
      $executeRaw: async ({ text, values }) => (await database.query(text, values)).length,
    };
    const columns = (await readRunScoreSets(queries, id))
      .filter(({ setting }) => setting.keepFraction === 0.1)
      .map((set) => ({ set, position: 1 }));
    const pages: number[][] = [];
    const taken: number[][] = [[], []];
    for await (const { sampleIndices, values } of streamScores(queries, columns, 4)) {
      pages.push([...sampleIndices]);
      for (const [column, own] of values.entries())
        taken[column]?.push(...[...sampleIndices].filter((_, at) => !Number.isNaN(own[at] ?? NaN)));
    }
    expect(pages.every((page) => page.length <= 4)).toBe(true);
    expect(taken).toEqual([[...chosen], [...others]]);
  });

  it('names its samples when one is asked for that it has not', async () => {
    await expect(database.store.results.scores({ runId: run.id, sample: 3, limit: 1, offset: 0 })).rejects.toThrow(
      /has no sample 3 there; its samples are 8 chosen ones/,
    );
    expect(await database.store.results.scores({ runId: run.id, sample: 5, limit: 9, offset: 0 })).toHaveLength(2);
  });

  it('shows the sample_score view its samples alone', async () => {
    const rows = await database.query<{ sample_index: number }>(
      `SELECT DISTINCT sample_index FROM sample_score WHERE run_id = '${run.id}' ORDER BY 1`,
    );
    expect(rows.map((row) => row.sample_index)).toEqual([...chosen]);
  });

  it('tells which of its samples failed', async () => {
    const { store } = database;
    const { id } = await store.runs.create({ ...runOf(chosen), id: 'failing' });
    const [, second] = await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 100 });
    await store.shards.fail(second?.id ?? -1, { stage: 'explain', attempts: 1, code: 'NOT_FINITE', message: 'NaN' });
    expect(await store.runs.failures(id, 10)).toMatchObject([{ start: 9, end: 16, samples: 3 }]);
  });

  it('does not move a shard on that lacks one of its samples', async () => {
    const { store } = database;
    const indices = Int32Array.of(3, 29);
    const plan = { ...planOf(indices), seed: 99 };
    const { id } = await store.runs.create({ ...sampleRun([plan], 10), choices: new Map([[choiceKey(indices), indices]]) });
    const [shard] = await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 1 });
    const [evaluation] = await store.runs.evaluations(id);
    const result = {
      ...{ shardId: shard?.id ?? -1, mapSetId: evaluation?.mapSetId ?? -1, predictionSetId: evaluation?.predictionSetId ?? -1 },
      ...{ mapShape, predictions: [], reused: 0 },
    };
    // What a worker would store that takes positions for indices.
    await expect(store.shards.completeExplain({ ...result, maps: sampleMaps(0, 2) })).rejects.toThrow(/have 0 of 2 maps/);
    await expect(
      store.shards.completeExplain({
        ...result,
        maps: sampleMaps(0, size).filter(({ sampleIndex }) => [3, 29].includes(sampleIndex)),
      }),
    ).resolves.toBe(true);
  });

  it('is refused when its samples are not what the plan says', async () => {
    const other = Int32Array.of(1, 2, 5, 9, 14, 15, 22, 29);
    await expect(
      database.store.runs.create({ ...runOf(chosen), id: 'other', choices: new Map([[choiceKey(chosen), other]]) }),
    ).rejects.toThrow(/are not there/);
  });

  it('shares the choice with runs that choose the same, and loses it with the last', async () => {
    const { store } = database;
    const choices = () => database.query<{ key: string }>(`SELECT key FROM sample_choice ORDER BY key`);
    const before = (await choices()).length;
    const indices = Int32Array.of(7, 8);
    const ids = [];
    for (const id of ['one', 'two']) ids.push((await store.runs.create({ ...runOf(indices), id })).id);
    expect(await choices()).toHaveLength(before + 1);
    await store.runs.remove(ids[0] ?? '');
    await store.collectGarbage({ dryRun: false });
    expect(await choices()).toHaveLength(before + 1);
    await store.runs.remove(ids[1] ?? '');
    await store.collectGarbage({ dryRun: false });
    expect(await choices()).toHaveLength(before);
  });
});
