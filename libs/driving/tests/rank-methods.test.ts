import type { TableRow } from '@xaigrid/contracts';
import type { RankedScores, Store } from '@xaigrid/store';
import { describe, expect, it } from 'vitest';
import { rankMethods } from '../src/rank-methods.js';

const row = (evaluation: number, method: string, drop: number, changes: Partial<TableRow> = {}): TableRow => ({
  ...{ runId: 'r', runName: 'r', evaluation, dataset: 'd', model: 'm', method, label: method, engine: 'onnxruntime' },
  ...{ explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted', samples: 10, planned: 10, degenerate: 0 },
  ...{ setting: { keepFraction: 0.3 }, measures: { drop: { value: drop }, increase: { value: 1 - drop } } },
  ...changes,
});

/** Results with these rows, which note what agreement is asked of them. */
function resultsOf(rows: readonly TableRow[]): { readonly results: Store['results']; readonly asked: RankedScores[] } {
  const asked: RankedScores[] = [];
  const unused = (): never => {
    throw new Error('not asked here');
  };
  const results: Store['results'] = {
    ...{ evaluations: unused, scores: unused, samples: unused, comparisons: unused, scoresInOrder: unused, summarize: unused },
    ...{ histogram: unused, samplePairs: unused },
    table: () => Promise.resolve([...rows]),
    rankAgreements: (query) => {
      asked.push(query);
      return Promise.resolve([]);
    },
  };
  return { results, asked };
}

const complexity = (evaluation: number, method: string, value: number, definition?: string): TableRow =>
  row(evaluation, method, 0, {
    ...{ metric: 'complexity', setting: definition === undefined ? {} : { definition } },
    measures: { complexity: { value } },
  });

describe('a ranking', () => {
  it('has each metric’s headline measure at the setting at which methods lie furthest apart', async () => {
    const { results, asked } = resultsOf([
      ...[row(0, 'sise', 0.2), row(1, 'gradient', 0.4), row(2, 'random', 0.9)],
      ...[row(0, 'sise', 0.5), row(1, 'gradient', 0.1), row(2, 'random', 0.9)].map((one) => ({
        ...one,
        setting: { keepFraction: 0.1 },
      })),
      ...[complexity(0, 'sise', 2), complexity(1, 'gradient', 2)],
    ]);
    const [ranking] = await rankMethods(results, await results.table(['r']), {});
    expect(ranking?.columns).toEqual([
      {
        ...{
          metric: 'drop-increase',
          measure: 'drop',
          direction: 'lower',
          scoredClass: 'predicted',
          setting: { keepFraction: 0.1 },
        },
        ...{ settings: 2, values: [0.5, 0.1, 0.9], ranks: [2, 1, 3] },
      },
      {
        ...{ metric: 'complexity', measure: 'complexity', direction: 'lower', scoredClass: 'predicted', setting: {} },
        ...{ settings: 1, values: [2, 2, null], ranks: [1.5, 1.5, null] },
      },
    ]);
    expect(
      ranking?.methods.map(({ label, control, ranked, meanRank, medianRank }) => [label, control, ranked, meanRank, medianRank]),
    ).toEqual([
      ['sise', false, 2, 1.75, 1.75],
      ['gradient', false, 2, 1.25, 1.25],
      ['random', true, 1, 3, 3],
    ]);
    // Two methods and a control.
    expect(asked).toEqual([]);
  });

  it('gives methods one rank that differ by rounding alone', async () => {
    const { results } = resultsOf([
      row(0, 'sise', 0.2),
      row(1, 'gradient', 0.2 - 1e-8),
      row(2, 'occlusion', 0.1),
      row(3, 'random', 0.9),
    ]);
    const [ranking] = await rankMethods(results, await results.table(['r']), {});
    expect(ranking?.columns.map(({ ranks }) => ranks)).toEqual([[2.5, 2.5, 1, 4]]);
  });

  it('has every measure with a direction at every setting where all are asked for', async () => {
    const { results } = resultsOf(
      [0.3, 0.1].flatMap((keepFraction) =>
        [row(0, 'sise', 0.2), row(1, 'gradient', 0.4)].map((one) => ({ ...one, setting: { keepFraction } })),
      ),
    );
    const [ranking] = await rankMethods(results, await results.table(['r']), { measures: 'all' });
    expect(ranking?.columns.map(({ measure, setting, ranks }) => [measure, setting.keepFraction, ranks])).toEqual([
      ['drop', 0.3, [1, 2]],
      ['drop', 0.1, [1, 2]],
      ['increase', 0.3, [1, 2]],
      ['increase', 0.1, [1, 2]],
    ]);
  });

  it('takes definitions of a metric for metrics, and asks for the agreement of the methods that are no controls', async () => {
    const methods = ['sise', 'gradient', 'grad-cam', 'random'];
    const { results, asked } = resultsOf([
      ...methods.map((method, at) => complexity(at, method, at, 'paper')),
      ...methods.map((method, at) => complexity(at, method, -at, 'quantus')),
    ]);
    const [ranking] = await rankMethods(results, await results.table(['r']), {});
    expect(ranking?.columns.map(({ setting, ranks }) => [setting.definition, ranks])).toEqual([
      ['paper', [1, 2, 3, 4]],
      ['quantus', [4, 3, 2, 1]],
    ]);
    expect(asked[0]?.methods.map(({ evaluation }) => evaluation)).toEqual([0, 1, 2]);
    expect(asked[0]?.columns).toHaveLength(2);
  });

  it('says what has no direction, or is of a metric that is not known', async () => {
    const unknown = { metric: 'of-the-future', measures: { glow: { value: 1 } } };
    const { results } = resultsOf([row(0, 'sise', 0.2), row(0, 'sise', 0, unknown)]);
    const [ranking] = await rankMethods(results, await results.table(['r']), {});
    expect(ranking?.unranked).toEqual([{ metric: 'of-the-future', measure: 'glow' }]);
    expect(ranking?.columns).toHaveLength(1);
  });

  it('tells methods of several runs apart, and leaves out divided rates where there are others', async () => {
    const { results } = resultsOf([
      row(0, 'sise', 0.2),
      row(0, 'sise', 0.1, { divisor: 1000 }),
      row(0, 'sise', 0.3, { runId: 's' }),
    ]);
    const [ranking, ...others] = await rankMethods(results, await results.table(['r', 's']), {});
    expect(others).toEqual([]);
    expect(ranking?.methods.map(({ runId, meanRank }) => [runId, meanRank])).toEqual([
      ['r', 1],
      ['s', 2],
    ]);
    expect(ranking?.columns[0]?.values).toEqual([0.2, 0.3]);
  });

  it('has what speaks against scores, and the samples where methods have other ones', async () => {
    const { results } = resultsOf([
      row(0, 'sise', 0.2, { against: [{ code: 'ties', text: '3 of 10' }], samples: 10 }),
      row(1, 'shap', 0.4, { samples: 7 }),
    ]);
    const [ranking] = await rankMethods(results, await results.table(['r']), {});
    expect(ranking?.columns[0]).toMatchObject({ samples: [10, 7], against: [['ties'], []] });
  });
});
