import { newRunId, type AggregatedMeasure, type PlannedEvaluation } from '@xaigrid/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SampleQuery } from '../src/index.js';
import { completeRun, mapShape, range, sampleMaps, samplePlan, sampleRun } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('samples');

const SAMPLES = 200;
const measures: readonly AggregatedMeasure[] = ['drop', 'kept'].map((name) => ({ name, aggregate: 'mean' }));
/** The second and third method are compared with the first; the last one is a control. */
const methods = ['sise', 'shap-deep', 'grad-cam', 'random'];
const keepFractions = [0.1, 0.3];

/** Many ties, and values that are not finite. */
function dropOf(evaluation: number, setting: number, sample: number): number {
  const turn = (sample * 7919 + setting * 104_729 + evaluation * 1_299_709) % 1009;
  return [0, 0, 0.5, NaN, Infinity, -Infinity][turn % 41] ?? turn / 1009;
}

const outputsOf = (sample: number): readonly number[] => [0.2, Math.fround(((sample * 37) % 101) / 101), 0.4].map(Math.fround);
const predictedOf = (sample: number): number => outputsOf(sample).indexOf(Math.max(...outputsOf(sample)));
const isDegenerate = (evaluation: number, sample: number): boolean => sample % 9 === evaluation;

interface Written {
  readonly sampleIndex: number;
  readonly label: number;
  readonly predicted: number;
  readonly confidence: number;
  readonly degenerate: boolean;
  readonly score: number;
  /** NaN if fewer than two methods have a finite score. */
  readonly disagreement: number;
}

async function write(plans: readonly PlannedEvaluation[]): Promise<string> {
  const { store } = database;
  const { id } = await store.runs.create({
    ...{ id: newRunId(), name: 'samples', specText: '', versions: { xaigrid: '0', node: '20', platform: 'any' } },
    evaluations: plans.map((plan) => ({ ...{ plan, shardSize: 90 }, measures: plan.settings.map(() => measures) })),
  });
  const evaluations = await store.runs.evaluations(id);
  for (const shard of await store.shards.page(id, { states: ['planned'], afterId: 0, limit: 100 })) {
    const evaluation = evaluations.find((candidate) => candidate.id === shard.evaluationId);
    if (evaluation === undefined) throw new TypeError('no evaluation');
    const { ordinal, scoreSetIds, mapSetId, predictionSetId } = evaluation;
    const indices = range(shard.start, shard.end);
    await store.shards.completeExplain({
      ...{ shardId: shard.id, mapSetId, mapShape, maps: sampleMaps(shard.start, shard.end), predictionSetId, reused: 0 },
      predictions: indices.map((sampleIndex) => ({
        ...{ sampleIndex, label: sampleIndex % 3, outputs: Float32Array.from(outputsOf(sampleIndex)) },
      })),
    });
    await store.shards.completeScore({
      ...{ shardId: shard.id, computed: 0, reused: 0 },
      scores: scoreSetIds.map((scoreSetId, s) => ({
        ...{ scoreSetId, sampleIndices: Int32Array.from(indices) },
        measures: [
          Float64Array.from(indices, (index) => dropOf(ordinal, s, index)),
          Float64Array.from(indices, () => 4 * (s + 1)),
        ],
        degenerate: indices.map((index) => isDegenerate(ordinal, index)),
      })),
    });
  }
  return id;
}

const plans = methods.map((method, seed) =>
  samplePlan({ samples: SAMPLES, seed, label: method, keepFractions, explainer: { method, version: 1, params: {}, files: [] } }),
);
let runId = '';

beforeAll(async () => {
  runId = await write(plans);
  // Another run has more samples in the same sets.
  await write(plans.map((plan) => ({ ...plan, samples: SAMPLES + 60 })));
});

const asked = {
  ...{ by: 1, measure: 'drop', setting: { keepFraction: 0.3, baseline: 'zero' } },
  ...{ controls: new Set(['random']), headline: () => 'drop', isOver: true },
} satisfies Partial<SampleQuery>;

function rows(): Written[] {
  return range(0, SAMPLES).map((sampleIndex) => {
    const finite = [0, 1, 2].map((evaluation) => dropOf(evaluation, 1, sampleIndex)).filter(Number.isFinite);
    const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
    return {
      ...{ sampleIndex, label: sampleIndex % 3, predicted: predictedOf(sampleIndex) },
      ...{ confidence: Math.max(...outputsOf(sampleIndex)), degenerate: isDegenerate(1, sampleIndex) },
      score: dropOf(1, 1, sampleIndex),
      disagreement:
        finite.length < 2 ? NaN : Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length),
    };
  });
}

type Filter = Partial<Omit<SampleQuery, 'sort' | 'limit' | 'runId'>>;

function expected(filter: Filter, sort: SampleQuery['sort']): number[] {
  const between = (value: number, low = -Infinity, high = Infinity): boolean => value >= low && value <= high;
  const bounded = (low: number | undefined, high: number | undefined): boolean => (low ?? high) !== undefined;
  const passing = rows().filter(
    (row) =>
      (filter.class === undefined || row.label === filter.class) &&
      (filter.predicted === undefined || row.predicted === filter.predicted) &&
      (filter.right === undefined || (row.label === row.predicted) === filter.right) &&
      (filter.degenerate === undefined || row.degenerate === filter.degenerate) &&
      (!bounded(filter.minScore, filter.maxScore) || between(row.score, filter.minScore, filter.maxScore)) &&
      (!bounded(filter.minConfidence, filter.maxConfidence) ||
        between(row.confidence, filter.minConfidence, filter.maxConfidence)) &&
      (!bounded(filter.minDisagreement, filter.maxDisagreement) ||
        between(row.disagreement, filter.minDisagreement, filter.maxDisagreement)),
  );
  const name = sort.replace('-', '');
  const value = (row: Written): number =>
    name === 'sample'
      ? row.sampleIndex
      : name === 'score'
        ? row.score
        : name === 'confidence'
          ? row.confidence
          : row.disagreement;
  const sign = sort.startsWith('-') ? -1 : 1;
  const places = new Map(passing.map((row) => [row.sampleIndex, Math.round(value(row) * 1e12) / 1e12]));
  return passing
    .toSorted((a, b) => {
      const [left, right] = [places.get(a.sampleIndex) ?? NaN, places.get(b.sampleIndex) ?? NaN];
      if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
      return left === right ? 0 : sign * (left < right ? -1 : 1);
    })
    .map(({ sampleIndex }) => sampleIndex);
}

const filters: readonly (readonly [string, Filter])[] = [
  ['everything', {}],
  ['a label', { class: 2 }],
  ['a label nobody has', { class: 3 }],
  ['a prediction', { predicted: 2 }],
  ['right predictions', { right: true }],
  ['wrong predictions', { right: false }],
  ['degenerate maps', { degenerate: true }],
  ['other maps', { degenerate: false }],
  ['low scores', { maxScore: 0 }],
  ['a range of scores', { minScore: 0.2, maxScore: 0.5 }],
  ['sure predictions', { minConfidence: 0.9 }],
  ['methods that disagree', { minDisagreement: 0.3 }],
  ['methods that agree', { maxDisagreement: 0.1 }],
  ['much at once', { right: false, degenerate: false, minDisagreement: 0.1, maxConfidence: 0.8, minScore: 0 }],
];
const sorts = ['sample', '-sample', 'score', '-score', 'confidence', '-confidence', 'disagreement', '-disagreement'] as const;

describe.each([
  ['from their rows', false],
  ['from columns', true],
] as const)('results.samples %s', (_, isOver) => {
  describe.each(filters)('of %s', (__, filter) => {
    it.each(sorts)('sorted by %s gives each page as sorting and filtering all samples does', async (sort) => {
      const [wanted, all] = [expected(filter, sort), rows()];
      const found: number[] = [];
      for (let after: number | undefined; ;) {
        const page = await database.store.results.samples({
          ...{ runId, ...asked, isOver, ...filter, sort, limit: 70 },
          ...(after === undefined ? {} : { after }),
        });
        expect(page).toMatchObject({ by: 1, measure: 'drop', compared: [0, 1, 2], scored: SAMPLES, matching: wanted.length });
        expect(page.place).toBe(found.length);
        found.push(...page.samples.map(({ sampleIndex }) => sampleIndex));
        if (page.next === undefined) break;
        after = page.next;
      }
      if (!sort.endsWith('disagreement')) {
        expect(found).toEqual(wanted);
        return;
      }
      // Which of two samples comes first whose disagreements differ by rounding is not said.
      const valueOf = (sampleIndex: number): string => (all[sampleIndex]?.disagreement ?? NaN).toFixed(9);
      expect(found.map(valueOf)).toEqual(wanted.map(valueOf));
      expect(found.toSorted()).toEqual(wanted.toSorted());
    });
  });
});

describe('a page of results.samples', () => {
  it('shows each sample with the scores of all selected methods and their disagreement', async () => {
    const { samples } = await database.store.results.samples({ runId, ...asked, sort: '-disagreement', limit: 3 });
    const all = rows();
    for (const { sampleIndex, disagreement, ...sample } of samples) {
      const row = all[sampleIndex];
      expect(disagreement).toBeCloseTo(row?.disagreement ?? NaN, 12);
      expect(sample).toEqual({
        ...{ trueClass: row?.label, predictedClass: row?.predicted, confidence: row?.confidence },
        scores: methods.map((__, evaluation) => ({
          ...{ evaluation, value: dropOf(evaluation, 1, sampleIndex), degenerate: isDegenerate(evaluation, sampleIndex) },
        })),
      });
    }
    expect(samples).toHaveLength(3);
  });

  it('before a sample ends right before it, and says its place', async () => {
    const wanted = expected({ right: false }, '-score');
    const before = wanted[50] ?? -1;
    const page = await database.store.results.samples({ runId, ...asked, right: false, sort: '-score', before, limit: 20 });
    expect(page.samples.map(({ sampleIndex }) => sampleIndex)).toEqual(wanted.slice(30, 50));
    expect(page).toMatchObject({ place: 30, next: wanted[49] });
    const first = await database.store.results.samples({
      ...{ runId, ...asked, right: false, sort: '-score', before: wanted[0] ?? -1, limit: 20 },
    });
    expect(first).toMatchObject({ samples: [], place: 0 });
    expect(first.next).toBeUndefined();
  });

  it.each([
    [{ setting: {} }, 'A list of samples is of one setting; this selection'],
    [{ by: 7 }, 'has no evaluation 7 in this selection. There are: 0, 1, 2, 3.'],
    [{ measure: 'dropp' }, 'has no measure "dropp". Did you mean "drop"?'],
    [{ after: SAMPLES + 100 }, `Sample ${SAMPLES + 100} has no place in this list`],
    [{ after: 1, before: 2 }, 'A page is after one sample or before one.'],
  ])('refuses %j', async (change, message) => {
    await expect(database.store.results.samples({ runId, ...asked, sort: 'sample', limit: 1, ...change })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe.each([
  ['from their rows', false],
  ['from columns', true],
] as const)('results.histogram %s', (_, isOver) => {
  it.each(['score', 'confidence', 'disagreement'] as const)('of %s counts each sample that other filters leave', async (of) => {
    const bounds = { minScore: 0.2, maxConfidence: 0.8, minDisagreement: 0.1 };
    const own = { score: 'minScore', confidence: 'maxConfidence', disagreement: 'minDisagreement' }[of];
    const others = Object.fromEntries(Object.entries(bounds).filter(([name]) => name !== own));
    const found = await database.store.results.histogram({
      ...{ runId, ...asked, isOver, right: false, ...bounds, of, bins: 7 },
    });
    const all = rows();
    const values = expected({ right: false, ...others }, 'sample').map((sample) => all[sample]?.[of] ?? NaN);
    const finite = values.filter(Number.isFinite);
    const [low, high] = [Math.min(...finite), Math.max(...finite)];
    const counts = Array.from({ length: 7 }, (__, bin) => {
      const [from, to] = [low + (bin * (high - low)) / 7, low + ((bin + 1) * (high - low)) / 7];
      return finite.filter((value) => value >= from && (value < to || bin === 6)).length;
    });
    expect(found).toMatchObject({ by: 1, measure: 'drop', of, counted: values.length, counts });
    expect(found.low).toBeCloseTo(low, 12);
    expect(found.high).toBeCloseTo(high, 12);
    expect(found.notFinite).toEqual({
      minusInfinity: values.filter((value) => value === -Infinity).length,
      infinity: values.filter((value) => value === Infinity).length,
      none: values.filter(Number.isNaN).length,
    });
    expect(finite.length).toBeGreaterThan(10);
  });

  it('has one bin where all values are equal, and none where nothing passes', async () => {
    const equal = await database.store.results.histogram({ runId, ...asked, isOver, measure: 'kept', of: 'score', bins: 7 });
    expect(equal).toMatchObject({ counted: SAMPLES, low: 8, high: 8, counts: [SAMPLES] });
    const none = await database.store.results.histogram({ runId, ...asked, isOver, class: 3, of: 'score', bins: 7 });
    expect(none).toMatchObject({ counted: 0, counts: [] });
    expect(none).not.toHaveProperty('low');
  });
});

describe.each([
  ['from their rows', false],
  ['from columns', true],
] as const)('results.samplePairs %s', (_, isOver) => {
  const { measure, setting, headline } = asked;
  const pair = { by: 0, against: 2, measure, setting, headline, isOver, limit: 1_000, bins: 5 };
  const all = range(0, SAMPLES).map((sampleIndex) => ({
    ...{ sampleIndex, first: dropOf(0, 1, sampleIndex), second: dropOf(2, 1, sampleIndex) },
  }));
  const finite = all.filter(({ first, second }) => Number.isFinite(first) && Number.isFinite(second));
  const rangeOf = (side: 'first' | 'second') => ({
    low: Math.min(...finite.map((one) => one[side])),
    high: Math.max(...finite.map((one) => one[side])),
  });

  it('has the scores of two methods sample by sample', async () => {
    expect(await database.store.results.samplePairs({ ...pair, runId, otherRunId: runId })).toEqual({
      ...{ metric: 'drop-increase', scoredClass: 'predicted', setting, measure: 'drop' },
      first: { runId, evaluation: 0, label: 'sise' },
      second: { runId, evaluation: 2, label: 'grad-cam' },
      ...{ samples: SAMPLES, leftOut: SAMPLES - finite.length, points: all },
      ranges: { first: rangeOf('first'), second: rangeOf('second') },
    });
  });

  it('has those within bounds only', async () => {
    const bounds = { minFirst: 0.2, maxFirst: 0.6, minSecond: 0.5 };
    const { points } = await database.store.results.samplePairs({ ...pair, runId, otherRunId: runId, ...bounds });
    const wanted = all.filter(({ first, second }) => first >= 0.2 && first <= 0.6 && second >= 0.5);
    expect(wanted.length).toBeGreaterThan(10);
    expect(points).toEqual(wanted);
  });

  it('counts in bins where there are more than it tells one by one', async () => {
    const found = await database.store.results.samplePairs({ ...pair, runId, otherRunId: runId, limit: 50 });
    expect(found).not.toHaveProperty('points');
    const binOf = (value: number, { low, high }: { readonly low: number; readonly high: number }): number =>
      Math.min(4, Math.floor((5 * (value - low)) / (high - low)));
    const counts = new Map<string, number>();
    for (const { first, second } of finite) {
      const key = `${binOf(first, rangeOf('first'))} ${binOf(second, rangeOf('second'))}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(new Map(found.bins?.map((bin) => [`${bin.first} ${bin.second}`, bin.samples]))).toEqual(counts);
  });

  it('has the samples that both runs take, and refuses other data, settings and evaluations', async () => {
    const { store } = database;
    const fewer = await write(plans.map((plan) => ({ ...plan, samples: 30 })));
    const across = { ...pair, against: 0, runId, otherRunId: fewer };
    const { points, first, second } = await store.results.samplePairs(across);
    expect(points?.map(({ sampleIndex }) => sampleIndex)).toEqual(range(0, 30));
    expect([first.runId, second.runId]).toEqual([runId, fewer]);
    const [plan] = plans;
    if (plan === undefined) throw new TypeError('no plan');
    const other = await write([{ ...plan, seed: 900, dataset: { ...plan.dataset, fingerprint: 'c'.repeat(64) } }]);
    for (const [change, message] of [
      [{ otherRunId: other }, 'have other fingerprints'],
      [{ setting: {} }, 'this selection of evaluation 0'],
      [{ against: 9 }, 'has no evaluation 9. There are: 0, 1, 2, 3.'],
      [{ measure: 'dropp' }, 'has no measure "dropp". Did you mean "drop"?'],
    ] as const)
      await expect(store.results.samplePairs({ ...across, ...change })).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(message) as string,
      });
  });
});

describe('packed columns', () => {
  it('are those of the rows: scores and predictions that come later are in the next page', async () => {
    const { store } = database;
    const plan = samplePlan({ samples: 8, seed: 77, keepFractions: [0.1] });
    const few = await store.runs.create(sampleRun([{ ...plan, samples: 4 }]));
    await completeRun(store, few.id);
    await store.results.summarize(few.id);
    const query = { controls: new Set<string>(), headline: () => 'drop', isOver: true, sort: 'sample', limit: 100 } as const;
    expect((await store.results.samples({ runId: few.id, ...query })).samples).toHaveLength(4);
    const more = await store.runs.create(sampleRun([plan]));
    await completeRun(store, more.id);
    expect((await store.results.samples({ runId: more.id, ...query })).samples).toHaveLength(8);
    // The first run still takes its own samples only.
    expect((await store.results.samples({ runId: few.id, ...query })).scored).toBe(4);
    const [evaluation] = await store.runs.evaluations(few.id);
    await database.query(`UPDATE score SET measures[1] = 1000 WHERE score_set_id = $1 AND sample_index = 2`, [
      evaluation?.scoreSetIds[0],
    ]);
    await database.query(`UPDATE prediction SET true_class = 1 WHERE prediction_set_id = $1 AND sample_index = 3`, [
      evaluation?.predictionSetId,
    ]);
    const [largest] = (await store.results.samples({ runId: few.id, ...query, sort: '-score' })).samples;
    expect(largest?.sampleIndex).toBe(2);
    const ofClass = await store.results.samples({ runId: few.id, ...query, class: 1 });
    expect(ofClass.samples.map(({ sampleIndex }) => sampleIndex)).toEqual([1, 3]);
  });

  it('go with their sets when garbage is collected', async () => {
    const { store } = database;
    const run = await store.runs.create(sampleRun([samplePlan({ seed: 78 })]));
    await completeRun(store, run.id);
    await store.results.summarize(run.id);
    const [evaluation] = await store.runs.evaluations(run.id);
    const count = async (): Promise<number> =>
      (await database.query(`SELECT FROM column_set WHERE score_set_id = ANY ($1)`, [evaluation?.scoreSetIds])).length;
    expect(await count()).toBe(2);
    await store.runs.move(run.id, ['planned'], 'cancelled');
    await store.runs.remove(run.id);
    await store.collectGarbage({ dryRun: false });
    expect(await count()).toBe(0);
  });
});
