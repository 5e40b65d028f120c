import { beforeAll, describe, expect, it } from 'vitest';
import { completeRun, mapShape, sampleMaps, samplePlan, samplePredictions, sampleRun, sampleScores } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('label_sets');
const labelSets = Array.from({ length: 10 }, (_, sample) =>
  Int32Array.from([0, 1, 2].filter((label) => (sample >> label) % 2 === 1)),
);

/** A run whose samples have every set of three labels. */
async function completeMultiLabel(): Promise<string> {
  const { dataset } = samplePlan();
  const plan = samplePlan({ dataset: { ...dataset, fingerprint: 'c'.repeat(64), labelSets: true } });
  const run = await database.store.runs.create(sampleRun([plan], 10));
  const [evaluation] = await database.store.runs.evaluations(run.id);
  const [shard] = await database.store.shards.page(run.id, { states: ['planned'], afterId: 0, limit: 10 });
  if (evaluation === undefined || shard === undefined) throw new TypeError('The run has one shard.');
  const { mapSetId, predictionSetId, scoreSetIds } = evaluation;
  await database.store.shards.completeExplain({
    ...{ shardId: shard.id, mapSetId, mapShape, maps: sampleMaps(0, 10), predictionSetId, reused: 0 },
    predictions: samplePredictions(0, 10).map((prediction, sample) => ({
      ...prediction,
      label: -1,
      labelSet: labelSets[sample] ?? new Int32Array(),
    })),
  });
  const scores = sampleScores(scoreSetIds, 0, 10);
  await database.store.shards.completeScore({ shardId: shard.id, scores, computed: 20, reused: 0 });
  return run.id;
}

describe('sets of labels', () => {
  let runId = '';
  let single = '';
  beforeAll(async () => {
    runId = await completeMultiLabel();
    const run = await database.store.runs.create(sampleRun());
    await completeRun(database.store, run.id);
    single = run.id;
  });

  const samplesOf = async (id: string, label: number) => {
    const rows = await database.store.results.scores({
      runId: id,
      class: label,
      setting: { keepFraction: 0.1 },
      limit: 100,
      offset: 0,
    });
    return rows.map(({ sampleIndex }) => sampleIndex);
  };

  it('have no accuracy with a chance level', async () => {
    const [row] = await database.store.results.table([runId]);
    expect(row?.samples).toBe(10);
    expect(row).not.toHaveProperty('accuracy');
  });

  it('come back with the predictions, also those without a label', async () => {
    const [evaluation] = await database.store.runs.evaluations(runId);
    const stored = await database.store.predictions.stored(evaluation?.predictionSetId ?? -1, 0, 10);
    expect(stored.labelSets).toEqual(labelSets);
    expect(new Set(stored.labels)).toEqual(new Set([-1]));
  });

  it('are shown with scores', async () => {
    const rows = await database.store.results.scores({ runId, setting: { keepFraction: 0.1 }, limit: 100, offset: 0 });
    expect(rows.map(({ trueClasses }) => trueClasses)).toEqual(labelSets.map((set) => [...set]));
  });

  it.each([0, 1, 2, 3])('are found by class %i wherever it is among them', async (label) => {
    expect(await samplesOf(runId, label)).toEqual(labelSets.flatMap((set, sample) => (set.includes(label) ? [sample] : [])));
  });

  it('leave samples of one label as they were', async () => {
    const rows = await database.store.results.scores({ runId: single, limit: 1, offset: 0 });
    expect(rows[0]).not.toHaveProperty('trueClasses');
    expect(await samplesOf(single, 1)).toEqual([1, 4, 7]);
  });
});
