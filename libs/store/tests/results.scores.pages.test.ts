import { newRunId, type AggregatedMeasure, type PlannedEvaluation } from '@xaigrid/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ScoreQuery } from '../src/index.js';
import { compareAsPostgres } from './postgres-order.js';
import { mapShape, range, sampleMaps, samplePlan, samplePredictions } from './sample-run.js';
import { useTestDatabase } from './test-database.js';

const database = useTestDatabase('score_pages');

/** One row as it was written. */
interface Row {
  readonly evaluation: number;
  readonly setting: Readonly<Record<string, unknown>>;
  readonly method: string;
  readonly sampleIndex: number;
  readonly trueClass: number;
  readonly degenerate: boolean;
  readonly measures: Readonly<Record<string, number>>;
}

const aggregate = 'mean' as const;
const dropMeasures: readonly AggregatedMeasure[] = ['drop', 'kept', 'opposed'].map((name) => ({ name, aggregate }));
/** Shares a measure with the other metric, at another place. */
const gameMeasures: readonly AggregatedMeasure[] = ['energy', 'drop'].map((name) => ({ name, aggregate }));

/** Many ties, values that are not finite, one measure that is constant in a set, one that falls as another rises. */
function measuresOf(evaluation: number, setting: number, sample: number): Readonly<Record<string, number>> {
  const turn = (sample * 7919 + setting * 104_729 + evaluation * 1_299_709) % 1009;
  const special = [0, 0, 0.5, NaN, Infinity, -Infinity];
  const drop = special[turn % 23] ?? turn / 1009;
  return { drop, kept: setting * 10, opposed: 1 - drop, energy: (turn % 5) / 4 };
}

const settings = samplePlan({ keepFractions: [0.1, 0.3] }).settings;
const [low, high] = settings;
if (low === undefined || high === undefined) throw new TypeError('no settings');
const game = { metric: 'pointing-game', version: 1, scoredClass: 'predicted' as const, setting: { values: 'positive' } };
const plans: readonly PlannedEvaluation[] = [
  // The third setting has the scores of the first.
  samplePlan({ samples: 300, settings: [low, high, { ...low, divisor: { value: 7, measures: ['drop'] } }] }),
  samplePlan({
    samples: 300,
    seed: 1,
    settings: [high, game],
    explainer: { method: 'random', version: 1, params: {}, files: [] },
  }),
  samplePlan({ samples: 40, seed: 2, settings: [low] }),
];

async function write(evaluated: readonly PlannedEvaluation[]): Promise<{ readonly id: string; readonly rows: readonly Row[] }> {
  const { store } = database;
  const measures = (metric: string): readonly AggregatedMeasure[] => (metric === 'pointing-game' ? gameMeasures : dropMeasures);
  const { id } = await store.runs.create({
    ...{ id: newRunId(), name: 'pages', specText: '', versions: { xaigrid: '0', node: '20', platform: 'any' } },
    evaluations: evaluated.map((plan) => ({
      ...{ plan, shardSize: 1000 },
      measures: plan.settings.map(({ metric }) => measures(metric)),
    })),
  });
  const rows: Row[] = [];
  const evaluations = await store.runs.evaluations(id);
  for (const shard of await store.shards.page(id, { states: ['planned'], afterId: 0, limit: 100 })) {
    const evaluation = evaluations.find((candidate) => candidate.id === shard.evaluationId);
    if (evaluation === undefined) throw new TypeError('no evaluation');
    const { plan, ordinal, scoreSetIds, mapSetId, predictionSetId } = evaluation;
    const { start, end } = shard;
    const maps = sampleMaps(start, end);
    const explained = { shardId: shard.id, mapSetId, mapShape, maps, predictionSetId, reused: 0 };
    await store.shards.completeExplain({ ...explained, predictions: samplePredictions(start, end) });
    const different = scoreSetIds.flatMap((scoreSetId, s) => (scoreSetIds.indexOf(scoreSetId) === s ? [{ scoreSetId, s }] : []));
    const scores = different.map(({ scoreSetId, s }) => {
      const names = measures(plan.settings[s]?.metric ?? '').map(({ name }) => name);
      for (const sampleIndex of range(start, end)) {
        const all = measuresOf(ordinal, s, sampleIndex);
        rows.push({
          ...{ evaluation: ordinal, setting: plan.settings[s]?.setting ?? {}, method: plan.explainer.method, sampleIndex },
          ...{ trueClass: sampleIndex % 3, degenerate: isDegenerate(ordinal, sampleIndex) },
          measures: Object.fromEntries(names.map((name) => [name, all[name] ?? NaN])),
        });
      }
      const indices = range(start, end);
      return {
        ...{ scoreSetId, sampleIndices: Int32Array.from(indices) },
        measures: names.map((name) => Float64Array.from(indices, (index) => measuresOf(ordinal, s, index)[name] ?? NaN)),
        degenerate: indices.map((index) => isDegenerate(ordinal, index)),
      };
    });
    await store.shards.completeScore({ shardId: shard.id, scores, computed: 0, reused: 0 });
  }
  return { id, rows };
}

/** Few, and nearly all of them in one evaluation. */
function isDegenerate(evaluation: number, sample: number): boolean {
  return evaluation === 1 ? sample % 9 === 4 : sample === 17;
}

let runId = '';
let rows: readonly Row[] = [];

beforeAll(async () => {
  ({ id: runId, rows } = await write(plans));
  // Another run has more samples in the same sets.
  await write(plans.map((plan) => ({ ...plan, samples: plan.samples + 50 })));
  await database.query('ANALYZE');
});

function passes(row: Row, filter: Partial<ScoreQuery>): boolean {
  const { sample, class: label, method, setting, degenerate, range: between } = filter;
  const value = between === undefined ? undefined : row.measures[between.measure];
  return (
    (sample === undefined || row.sampleIndex === sample) &&
    (label === undefined || row.trueClass === label) &&
    (method === undefined || method.includes(row.method)) &&
    (setting === undefined || Object.entries(setting).every(([name, wanted]) => row.setting[name] === wanted)) &&
    (degenerate === undefined || row.degenerate === degenerate) &&
    (between === undefined ||
      (value !== undefined &&
        (between.low === undefined || compareAsPostgres(value, between.low) >= 0) &&
        (between.high === undefined || compareAsPostgres(value, between.high) <= 0)))
  );
}

/** `toSorted` is stable, and the rows are in the order of evaluations, settings and samples. */
function bruteForce({ sort, limit, offset, ...filter }: Omit<ScoreQuery, 'runId'>): Row[] {
  const passing = rows.filter((row) => passes(row, filter));
  if (sort === undefined) return passing.slice(offset, offset + limit);
  const sign = sort.startsWith('-') ? -1 : 1;
  const name = sort.replace('-', '');
  const value = (row: Row): number | undefined => (name === 'sample' ? row.sampleIndex : row.measures[name]);
  const sorted = passing.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    return sign * compareAsPostgres(left, right);
  });
  return sorted.slice(offset, offset + limit);
}

const filters: readonly (readonly [string, Partial<ScoreQuery>])[] = [
  ['everything', {}],
  ['a sample', { sample: 17 }],
  ['a sample some evaluations lack', { sample: 250 }],
  ['a class', { class: 2 }],
  ['a class nobody has', { class: 3 }],
  ['a method', { method: ['random'] }],
  ['a setting', { setting: { keepFraction: 0.3 } }],
  ['degenerate maps', { degenerate: true }],
  ['other maps', { degenerate: false }],
  ['degenerate maps of a class', { degenerate: true, class: 1 }],
  ['a range open above', { range: { measure: 'drop', low: 0.9 } }],
  ['a range open below', { range: { measure: 'drop', high: 0 } }],
  ['a range of one value', { range: { measure: 'energy', low: 0.5, high: 0.5 } }],
  ['a range that one setting has', { range: { measure: 'kept', low: 10 } }],
  ['a range at odds with an order', { range: { measure: 'opposed', low: 0.8, high: 2 } }],
  ['an empty range', { range: { measure: 'opposed', low: 0.2, high: 0.1 } }],
  ['a range of a class', { class: 0, range: { measure: 'drop', low: 0.2, high: 0.4 } }],
  [
    'everything at once',
    { class: 1, method: ['sise'], setting: { keepFraction: 0.1 }, degenerate: false, range: { measure: 'drop', low: 0.1 } },
  ],
];
const sorts = [undefined, 'sample', '-sample', 'drop', '-drop', 'kept', '-kept', 'opposed', '-opposed', 'energy', '-energy'];
const pages = [
  { limit: 10_000, offset: 0 },
  { limit: 5, offset: 0 },
  { limit: 5, offset: 4 },
  { limit: 60, offset: 100 },
  { limit: 100, offset: 1300 },
];

describe.each(filters)('results.scores of %s', (_, filter) => {
  it.each(sorts)('sorted by %s gives each page as sorting and filtering all rows does', async (sort) => {
    // These settings are of the metric that does not measure it.
    if (filter.setting !== undefined && sort?.endsWith('energy') === true) {
      await expect(database.store.results.scores({ runId, ...filter, sort, limit: 5, offset: 0 })).rejects.toMatchObject({
        code: 'USAGE',
        message:
          'The measure "energy" is of the metric pointing-game, of which nothing is chosen here. Choose that metric, or a measure of one that is.',
      });
      return;
    }
    for (const page of pages) {
      const query = { ...filter, ...page, sort };
      const found = await database.store.results.scores({ runId, ...query });
      const shown = found.map(({ evaluation, setting, method, sampleIndex, trueClass, degenerate, measures }) => ({
        ...{ evaluation, setting, method, sampleIndex, trueClass, degenerate, measures },
      }));
      expect(shown).toEqual(bruteForce(query));
    }
  });
});
