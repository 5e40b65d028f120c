import { choiceKey, type Decisions, type PlannedEvaluation, type UntilDecided } from '@xaigrid/contracts';
import { expect, describe, it } from 'vitest';
import type { NewRun } from '../src/index.js';
import { mapShape, sampleMaps, sampleMeasures, samplePlan, samplePredictions, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('growing');

const order = Int32Array.of(7, 2, 11, 5, 0, 9, 4, 1, 10, 3, 8, 6);
const first = order.slice(0, 5).sort();

const asked: UntilDecided = {
  ...{ alpha: 0.05, seed: 7 },
  pairs: [
    {
      first: 0,
      second: 1,
      metric: 'drop-increase',
      measure: 'drop',
      scoredClass: 'predicted',
      setting: { keepFraction: 0.1, baseline: 'zero' },
    },
  ],
};

function planOf(seed: number): PlannedEvaluation {
  const plan = samplePlan({ seed, samples: first.length });
  return {
    ...plan,
    dataset: { ...plan.dataset, size: order.length },
    chosen: { choose: 'until-decided', seed: 7, sha256: choiceKey(first) },
  };
}

const newRun = (): NewRun => ({
  ...sampleRun([planOf(20), planOf(21)], 2),
  choices: new Map([[choiceKey(first), first]]),
  untilDecided: { asked, orders: [order, order] },
});

/** Does all shards that are planned. @returns the samples of each */
async function work(id: string): Promise<number[][]> {
  const { store } = database;
  const done: number[][] = [];
  for (const { id: shardId } of await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 100 })) {
    const context = await store.shards.context(shardId);
    if (context === undefined) throw new Error('no context');
    const { evaluation, sampleIndices } = context;
    const { mapSetId, predictionSetId, scoreSetIds } = evaluation;
    const isIn = ({ sampleIndex }: { readonly sampleIndex: number }): boolean => sampleIndices.includes(sampleIndex);
    await store.shards.completeExplain({
      ...{ shardId, mapSetId, mapShape, predictionSetId, reused: 0 },
      maps: sampleMaps(0, order.length).filter(isIn),
      predictions: samplePredictions(0, order.length).filter(isIn),
    });
    const scores = sampleScores(scoreSetIds, 0, order.length).map((score) => ({
      scoreSetId: score.scoreSetId,
      sampleIndices,
      measures: score.measures.map((measure) => Float64Array.from(sampleIndices, (index) => measure[index] ?? NaN)),
      degenerate: [...sampleIndices].map((index) => score.degenerate[index] ?? false),
    }));
    await store.shards.completeScore({ shardId, scores, computed: 2 * sampleIndices.length, reused: 0 });
    done.push([...sampleIndices]);
  }
  return done;
}

const ascending = (...indices: number[]): number[] => indices.sort((a, b) => a - b);

describe('a run that takes samples until pairs are decided', () => {
  it('gives its shards the samples of its order, and grows', async () => {
    const { store } = database;
    const { id } = await store.runs.create(newRun());
    expect((await store.runs.find(id)).untilDecided).toEqual(asked);
    await store.runs.move(id, ['planned'], 'running');
    expect((await work(id)).slice(0, 3)).toEqual([ascending(7, 2), ascending(11, 5), [0]]);
    const evaluations = await store.runs.evaluations(id);
    const more = { evaluationIds: evaluations.map((one) => one.id), from: 5, upTo: 8 };
    await store.runs.takeMore(id, more);
    // A second process that looked at the same scores changes nothing.
    await store.runs.takeMore(id, more);
    expect(await work(id)).toEqual([ascending(9, 4), ascending(9, 4), [1], [1]]);
    const grown = await store.runs.evaluations(id);
    const taken = order.slice(0, 8).sort();
    expect(grown.map(({ plan }) => [plan.samples, plan.chosen?.sha256])).toEqual([
      [8, choiceKey(taken)],
      [8, choiceKey(taken)],
    ]);
    expect(await store.runs.progress(id)).toMatchObject({ samples: 16, scored: 16, failed: 0 });
    const rows = await store.results.table([id]);
    expect(rows.map(({ samples, planned, datasetSize }) => [samples, planned, datasetSize])).toEqual(rows.map(() => [8, 8, 12]));
    const mean = [...taken].reduce((sum, index) => sum + (sampleMeasures(0, index)[0] ?? NaN), 0) / 8;
    expect(rows[0]?.measures.drop?.value).toBeCloseTo(mean, 12);
    const column = {
      evaluation: 1,
      metric: 'drop-increase',
      measure: 'drop',
      scoredClass: 'predicted' as const,
      setting: asked.pairs[0]?.setting ?? {},
    };
    const [scores] = await store.results.scoresInOrder(id, [column]);
    expect([...(scores ?? [])]).toEqual([...order.slice(0, 8)].map((index) => sampleMeasures(0, index)[0]));
  });

  it('keeps what is decided, and its order while it is there', async () => {
    const { store } = database;
    const { id } = await store.runs.create(newRun());
    const decisions: Decisions = { alpha: 0.05, taken: [{ dataset: 'mnist1d', model: 'cnn', samples: 5, of: 12 }], pairs: [] };
    await store.runs.decide(id, decisions);
    expect((await store.runs.find(id)).decisions).toEqual(decisions);
    const choices = (): Promise<readonly { count: number }[]> =>
      database.query('SELECT count(*)::integer AS count FROM "sample_choice"');
    await store.collectGarbage({ dryRun: false });
    const [before] = await choices();
    expect(before?.count).toBeGreaterThanOrEqual(2);
    const [shard] = await store.shards.page(id, { states: ['planned'], afterId: -1, limit: 1 });
    expect([...((await store.shards.context(shard?.id ?? -1))?.sampleIndices ?? [])]).toEqual(ascending(7, 2));
  });

  it('has scores of NaN where samples failed', async () => {
    const { store } = database;
    const { id } = await store.runs.create({ ...newRun(), ...sampleRunOf(31) });
    const column = {
      evaluation: 0,
      metric: 'drop-increase',
      measure: 'drop',
      scoredClass: 'predicted' as const,
      setting: asked.pairs[0]?.setting ?? {},
    };
    expect(await store.results.scoresInOrder(id, [column])).toEqual([new Float64Array(5).fill(NaN)]);
  });
});

/** Evaluations of another seed, of which nothing is stored. */
function sampleRunOf(seed: number): Pick<NewRun, 'id' | 'evaluations'> {
  const { id, evaluations } = sampleRun([planOf(seed), planOf(seed + 1)], 2);
  return { id, evaluations };
}
