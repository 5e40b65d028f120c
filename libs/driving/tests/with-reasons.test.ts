import type { Comparison, Decisions, MetricDescription, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { withReasons } from '../src/against/with-reasons.js';

const result = { role: 'result', aggregate: 'mean', meaning: 'm', range: {} } as const;

function metricOf(changes: Partial<MetricDescription> = {}): MetricDescription {
  return {
    ...{ metric: 'deletion', title: 'Deletion', summary: 's', category: 'faithfulness', source: 'a paper', headline: 'area' },
    measures: [
      { ...result, name: 'area', title: 'Area', direction: 'lower' },
      { ...result, name: 'hit', title: 'Hit', direction: 'higher', aggregate: 'share' },
      {
        ...result,
        name: 'ties',
        title: 'Tied',
        aggregate: 'count',
        role: 'check',
        warning: { code: 'ties', from: 0.1, text: 'by lot' },
      },
      {
        ...{ ...result, name: 'top', title: 'Collapse', aggregate: 'collapse', role: 'check' },
        warning: { code: 'collapse', from: 0.8, text: 'one class' },
      },
      { ...result, name: 'odd', title: 'Odd', aggregate: 'count', role: 'check', warning: { text: 'odd ones' } },
    ],
    ...changes,
  };
}

const around = (value: number, half = 0.01) => ({ value, interval: { low: value - half, high: value + half } });

function rowOf(method: string, changes: Partial<TableRow> = {}): TableRow {
  return {
    ...{
      runId: 'r1',
      runName: 'run',
      evaluation: method.charCodeAt(0),
      dataset: 'd',
      model: 'm',
      method,
      label: method,
    },
    ...{ engine: 'onnxruntime', explainedClass: 'predicted', metric: 'deletion', scoredClass: 'predicted', setting: {} },
    ...{ samples: 100, planned: 100, degenerate: 0, measures: { area: around(0.3) } },
    ...changes,
  };
}

interface Judged {
  readonly rows: readonly TableRow[];
  readonly chosen?: readonly TableRow[];
  readonly metric?: MetricDescription;
  readonly comparisons?: readonly Comparison[];
  readonly decisions?: ReadonlyMap<string, Decisions>;
}

async function reasonsOf({ rows, chosen = rows, metric = metricOf(), comparisons = [], decisions = new Map() }: Judged) {
  const asked: string[][] = [];
  const judged = await withReasons(chosen, {
    ...{ all: rows, metrics: [metric], decisions },
    comparisons: (...request) => {
      asked.push(request);
      return Promise.resolve(comparisons);
    },
  });
  return { codes: judged.map(({ against }) => against?.map(({ code }) => code)), judged, asked };
}

describe('what a row says of itself', () => {
  it('is nothing where nothing speaks against it', async () => {
    expect((await reasonsOf({ rows: [rowOf('a')] })).codes).toEqual([[]]);
  });

  it.each<[string, Partial<TableRow>, string, string]>([
    ['a degenerate map', { degenerate: 2 }, 'degenerate', '2 of 100 maps are the same everywhere'],
    ['collapse', { measures: { top: { value: 0.8 } } }, 'collapse', 'Collapse, 80 %: one class'],
    ['a tenth of the maps tied', { measures: { ties: { value: 10 } } }, 'ties', 'Tied, 10 of 100 samples: by lot'],
    ['another check', { measures: { odd: { value: 1 } } }, 'check', 'Odd, 1 of 100 samples: odd ones'],
    // A standard deviation of 10 · 2e-8 / 1.96 / 2 around 0.3: a share of 1.7e-7.
    ['a mean that does not vary', { measures: { area: around(0.3, 1e-8) } }, 'same-scores', 'Area is 0.3 for every sample'],
    ['missing samples', { samples: 99 }, 'incomplete', '99 of 100 samples are scored'],
    ['undecided maps', { undecided: 3 }, 'undecided', '3 of 100 maps depend on rounding'],
    [
      'sums that are off',
      { sumMissed: { samples: 4, largest: 0.0213 } },
      'sum-missed',
      '4 of 100 maps miss what they explain by more than 1 %, at most by 2.1 %',
    ],
  ])('is %s', async (_, changes, code, text) => {
    const { judged } = await reasonsOf({ rows: [rowOf('a', changes)] });
    expect(judged[0]?.against).toEqual([{ code, text }]);
  });

  it.each<[string, Partial<TableRow>]>([
    ['fewer ties than a tenth', { measures: { ties: { value: 9 } } }],
    ['less collapse', { measures: { top: { value: 0.79 } } }],
    // A standard deviation of 5e-6 around 0.3.
    ['scores that vary by more than float32 rounds', { measures: { area: around(0.3, 1e-6) } }],
    ['the only score', { samples: 1, planned: 1, measures: { area: { value: 1 } } }],
    ['a share that is all, of a measure that methods are not ranked by', { measures: { hit: around(1) } }],
  ])('is not %s', async (_, changes) => {
    expect((await reasonsOf({ rows: [rowOf('a', changes)] })).codes).toEqual([[]]);
  });
});

it.each([0, 1])('a share of %d that methods are ranked by is the same for every sample', async (share) => {
  const { judged } = await reasonsOf({
    rows: [rowOf('a', { measures: { hit: around(share) } })],
    metric: metricOf({ headline: 'hit' }),
  });
  expect(judged[0]?.against).toEqual([{ code: 'same-scores', text: `Hit is ${share} for every sample` }]);
});

describe('being no better than random', () => {
  const random = rowOf('g', { method: 'random', label: 'random' });

  function against(first: string, low: number, high: number): Comparison {
    const place = { dataset: 'd', model: 'm', engine: 'onnxruntime', metric: 'deletion', scoredClass: 'predicted', setting: {} };
    const difference = (low + high) / 2;
    return {
      ...place,
      measure: 'area',
      first,
      second: 'random',
      samples: 100,
      difference,
      interval: { low, high },
      higher: 0,
      lower: 0,
    };
  }

  const three = [rowOf('a'), rowOf('b'), rowOf('c'), random];
  const differences = [against('a', -0.2, -0.1), against('b', -0.2, 0.1), against('c', 0.1, 0.2)];
  const told = ['not-better-than-random'];

  it('is an interval of the paired difference that is not below 0 where lower is better', async () => {
    const { codes, judged, asked } = await reasonsOf({ rows: three, comparisons: differences });
    expect(codes).toEqual([[], told, told, []]);
    expect(judged[1]?.against?.[0]?.text).toBe(
      'area less that of random is -0.05, 95 % interval -0.2 to 0.1, on 100 samples; lower is better',
    );
    expect(asked).toEqual([['r1', 'deletion', 'area']]);
  });

  it('is one that is not above 0 where higher is better', async () => {
    const measures = metricOf().measures.map((one) => (one.name === 'area' ? { ...one, direction: 'higher' as const } : one));
    const metric = metricOf({ measures });
    expect((await reasonsOf({ rows: three, comparisons: differences, metric })).codes).toEqual([told, told, [], []]);
  });

  it('touching 0 counts as such', async () => {
    const { codes } = await reasonsOf({ rows: [rowOf('a'), random], comparisons: [against('a', -0.2, 0)] });
    expect(codes).toEqual([told, []]);
  });

  it('is not asked where the run has no random, or where random may be the best', async () => {
    expect((await reasonsOf({ rows: [rowOf('a')] })).asked).toEqual([]);
    for (const category of ['robustness', 'complexity', 'axiomatic'] as const) {
      const { codes, asked } = await reasonsOf({ rows: three, comparisons: differences, metric: metricOf({ category }) });
      expect({ codes, asked }).toEqual({ codes: [[], [], [], []], asked: [] });
    }
  });

  it('is judged by the whole run where only some rows are chosen', async () => {
    const { codes } = await reasonsOf({ rows: three, chosen: three.slice(2, 3), comparisons: differences });
    expect(codes).toEqual([told]);
  });
});

describe('settings that disagree on the order', () => {
  const at = (method: string, baseline: string, value: number, half = 0.01) =>
    rowOf(method, { setting: { baseline }, measures: { area: around(value, half) } });

  it('speak against the rows of both methods at both settings, and of no other', async () => {
    const rows = [
      ...[at('a', 'zero', 0.1), at('a', 'mean', 0.4)],
      ...[at('b', 'zero', 0.2), at('b', 'mean', 0.3)],
      ...[at('c', 'zero', 0.8), at('c', 'mean', 0.9)],
    ];
    const { judged } = await reasonsOf({ rows });
    const code = 'order-depends-on-setting';
    expect(judged.map(({ against }) => against)).toEqual([
      [{ code, text: 'better than b here, worse at baseline mean' }],
      [{ code, text: 'worse than b here, better at baseline zero' }],
      [{ code, text: 'worse than a here, better at baseline mean' }],
      [{ code, text: 'better than a here, worse at baseline zero' }],
      ...[[], []],
    ]);
  });

  it('do not where intervals overlap at one of them', async () => {
    const rows = [at('a', 'zero', 0.1), at('a', 'mean', 0.4), at('b', 'zero', 0.2), at('b', 'mean', 0.3, 0.1)];
    expect((await reasonsOf({ rows })).codes).toEqual([[], [], [], []]);
  });

  it('are those of one run and one scored class', async () => {
    const rows = [at('a', 'zero', 0.1), at('a', 'mean', 0.4), at('b', 'zero', 0.2), at('b', 'mean', 0.3)];
    const apart = rows.map((row) => (row.setting.baseline === 'zero' ? row : { ...row, runId: 'r2' }));
    expect((await reasonsOf({ rows: apart })).codes).toEqual([[], [], [], []]);
  });

  it('are told with the number of further methods', async () => {
    const rows = [
      ...[at('a', 'zero', 0.1), at('a', 'mean', 0.4)],
      ...[at('b', 'zero', 0.2), at('b', 'mean', 0.3)],
      ...[at('c', 'zero', 0.2), at('c', 'mean', 0.3)],
    ];
    const { judged } = await reasonsOf({ rows });
    expect(judged[0]?.against?.[0]?.text).toBe('better than b here, worse at baseline mean; the same of 1 other method');
  });
});

describe('pairs that a run does not decide', () => {
  const pairOf = (first: string, second: string, verdict: 'undecided' | 'first'): Decisions['pairs'][number] => ({
    ...{ dataset: 'd', model: 'm', first, second, metric: 'deletion', measure: 'area', scoredClass: 'predicted', setting: {} },
    ...{ verdict, samples: 100, unscored: 0, difference: 0.01, sequence: 'betting' },
  });
  const rows = ['a', 'b', 'c'].map((method) => rowOf(method));
  const decisionsOf = (end?: 'all-samples'): ReadonlyMap<string, Decisions> => {
    const pairs = [pairOf('a', 'b', 'undecided'), pairOf('a', 'c', 'first'), pairOf('b', 'c', 'first')];
    const taken = [{ dataset: 'd', model: 'm', samples: 100, of: 100, ...(end === undefined ? {} : { end }) }];
    return new Map(rows.map(({ runId }) => [runId, { alpha: 0.05, taken, pairs }]));
  };

  it('speak against the rows of both', async () => {
    const { judged } = await reasonsOf({ rows, decisions: decisionsOf('all-samples') });
    expect(judged.map(({ against }) => against)).toEqual([
      [{ code: 'not-told-apart', text: 'not told apart from b by 100 of 100 samples' }],
      [{ code: 'not-told-apart', text: 'not told apart from a by 100 of 100 samples' }],
      [],
    ]);
  });

  it('say nothing while the run takes more samples', async () => {
    expect((await reasonsOf({ rows, decisions: decisionsOf() })).codes).toEqual([[], [], []]);
  });
});
