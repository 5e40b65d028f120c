import type { TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { chooseSamples, formatWarnings, type SampleScores } from '../src/index.js';
import { keptPositions } from '../src/page/gallery-panels.js';
import { resultWarnings } from '../src/result-warnings.js';
import { metrics } from './described-metrics.js';

const sample = (
  sampleIndex: number,
  classes: readonly [number, number],
  values: readonly number[],
  degenerate = false,
): SampleScores => ({
  ...{ sampleIndex, trueClass: classes[0], predictedClass: classes[1], values, degenerate },
});

/** Values are sums of powers of two, so that means compare exactly. */
const samples = [
  sample(0, [0, 0], [0.5, 0.5]),
  sample(1, [0, 0], [0, 0.25]),
  sample(2, [1, 1], [0.25, 0.25]),
  sample(3, [1, 2], [0.5, 0.75]),
  sample(4, [1, 2], [1, 0.5]),
  sample(5, [2, 0], [1, 1]),
  sample(6, [2, 2], [0, 1]),
  sample(7, [2, 2], [0, 0], true),
  sample(8, [0, 0], [0.25, 0]),
];

const lower = { title: 'Drop rate', direction: 'lower' as const, range: { low: 0, high: 1 } };
const options = { measure: lower, controls: [false, false], most: 2 };

const chosen = (key: string, from = samples, changes: Partial<typeof options> = {}): number[] | undefined =>
  chooseSamples(from, { ...options, ...changes })
    .find((group) => group.key === key)
    ?.samples.map(({ sampleIndex }) => sampleIndex);

describe('samples of a gallery', () => {
  it('that succeed: right, the smallest mean drop, one a class, the lowest index of equals', () => {
    expect(chosen('successes')).toEqual([1, 2]);
  });
  it('that fail: the most frequent confusion first, its largest mean drop', () => {
    expect(chosen('failures')).toEqual([4, 5]);
  });
  it('on which methods disagree most, those left that they do not agree on', () => {
    expect(chosen('disagreements')).toEqual([6, 3]);
    expect(chosen('disagreements', [sample(0, [0, 0], [0.1, 0.1]), sample(1, [0, 0], [0.2, 0.2])])).toEqual([]);
  });
  it('that no method explains: of those left, even the best value lies on the worse half of the range', () => {
    expect(chosen('worst')).toEqual([0]);
    const explained = [0, 0.25, 0.49].map((drop, at) => sample(at, [0, 1], [drop, 1]));
    expect(chosen('worst', explained, { most: 1 })).toEqual([]);
    const higher = { ...lower, direction: 'higher' as const };
    const bad = [sample(0, [0, 0], [0.9, 0.9]), sample(1, [0, 0], [0.1, 0.55]), sample(2, [0, 0], [0.1, 0.65])];
    expect(chooseSamples(bad, { ...options, measure: higher, most: 1 }).at(-1)?.samples).toEqual([]);
    const more = [...bad, sample(3, [0, 0], [0.2, 0.3])];
    expect(chooseSamples(more, { ...options, measure: higher, most: 1 }).at(-1)?.samples).toEqual([more[3]]);
  });
  it('are in one list only', () => {
    for (const most of [1, 2, 3, 9]) {
      const indices = chooseSamples(samples, { ...options, most }).flatMap((group) =>
        group.samples.map((one) => one.sampleIndex),
      );
      expect(indices).toEqual([...new Set(indices)]);
    }
  });
  it('of a measure without ends are called the highest, since nothing says what is unexplained', () => {
    const [last] = chooseSamples(samples, { ...options, measure: { ...lower, range: {} } }).slice(-1);
    expect(last).toMatchObject({ title: 'The highest drop rate', samples: [{ sampleIndex: 0 }, { sampleIndex: 8 }] });
  });
  it('do not depend on the order of scores', () => {
    expect(chooseSamples(samples.toReversed(), options)).toEqual(chooseSamples(samples, options));
  });
  it('have no disagreements with one method, and none at all without samples', () => {
    const one = samples.map((entry) => ({ ...entry, values: entry.values.slice(0, 1) }));
    expect(chosen('disagreements', one, { controls: [false] })).toBeUndefined();
    expect(chooseSamples([], options).flatMap((group) => group.samples)).toEqual([]);
  });
});

describe('samples of a gallery with a control', () => {
  // The control, last, disagrees with everything; of the others sample 2 tells most.
  const values = [
    [0.5, 0.5, 0],
    [0.25, 0.25, 1],
    [0.25, 0.5, 0.5],
  ];
  const three = values.map((one, index) => sample(index, [0, 0], one));
  const controls = [false, false, true];

  it('disagree by the methods alone, and the rule says so', () => {
    expect(chosen('disagreements', three, { controls, most: 1 })).toEqual([2]);
    const rules = chooseSamples(three, { ...options, controls }).map(({ rule }) => rule);
    expect(rules.filter((rule) => rule.includes('the control left out')).length).toBeGreaterThanOrEqual(3);
  });
  it('succeed where more is better by the highest values', () => {
    const measure = { title: 'Insertion', direction: 'higher' as const, range: { low: 0, high: 1 } };
    expect(chooseSamples(three, { measure, controls, most: 1 })[0]?.samples.map(({ sampleIndex }) => sampleIndex)).toEqual([0]);
  });
  it('have a control alone as a method', () => {
    expect(chosen('successes', three, { controls: [true, true, true], most: 1 })).toEqual([0]);
  });
});

describe('positions that a setting keeps', () => {
  const map = { shape: [5], data: Float32Array.of(1, 5, 3, 4, 2) };
  it.each([
    [{ keepFraction: 0.4 }, [false, true, false, true, false]],
    [{ keepFraction: 0 }, [false, false, false, false, false]],
    [{ keepFraction: 1 }, [true, true, true, true, true]],
    [{ keepThreshold: 2 }, [false, true, true, true, false]],
  ])('%j', (setting, kept) => {
    expect(keptPositions(map, setting)).toEqual(kept);
  });
});

describe('warnings of results', () => {
  const row = (changes: Partial<TableRow>, measures: Readonly<Record<string, number>>): TableRow => ({
    ...{
      runId: 'r',
      runName: 'r',
      evaluation: 0,
      dataset: 'd',
      model: 'm',
      method: 'sise',
      label: 'sise',
      engine: 'onnxruntime',
    },
    ...{ explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted', setting: { keepFraction: 0.3 } },
    ...{ samples: 200, planned: 200, degenerate: 0 },
    measures: Object.fromEntries(Object.entries(measures).map(([name, value]) => [name, { value }])),
    ...changes,
  });
  const quiet = { drop: 0.3, increase: 0.2, maskedClass: 0.3, ties: 0 };
  const kinds = (...rows: TableRow[]): string[] => resultWarnings(rows, metrics).map(({ kind }) => kind);

  it('are silent when nothing is wrong', () => {
    expect(kinds(row({}, quiet))).toEqual([]);
  });
  it.each([
    ['check', {}, { maskedClass: 0.8 }],
    ['degenerate', { degenerate: 1 }, {}],
    ['sum-missed', { sumMissed: { samples: 1, largest: 0.02 } }, {}],
    ['undecided', { undecided: 3 }, {}],
    ['check', {}, { ties: 1 }],
    ['all-same', {}, { increase: 0 }],
    ['all-same', {}, { increase: 1 }],
    ['incomplete', { samples: 199 }, {}],
    ['few-samples', { samples: 99, planned: 99 }, {}],
  ])('tell of %s', (kind, changes, measures) => {
    expect(kinds(row(changes, { ...quiet, ...measures }))).toEqual([kind]);
  });
  it('say in words how many maps do not add up, and by how much', () => {
    const [warning] = resultWarnings([row({ sumMissed: { samples: 12, largest: 0.413 } }, quiet)], metrics);
    expect(warning?.text).toBe(
      'Some maps miss the change of the output by more than 1.0 % (sise: 12 of 200 maps, at most by 41 %): they explain only a part of it.',
    );
  });
  it('say what helps where something does', () => {
    const remedies = new Map([['sise', 'raise steps']]);
    const [warning] = resultWarnings([row({ sumMissed: { samples: 20, largest: 1.01 } }, quiet)], metrics, remedies);
    expect(warning?.text).toContain('(sise: 20 of 200 maps, at most by 101 %; raise steps)');
  });
  it('are the same sentences on a terminal, with the places of several methods below', () => {
    const style = { metrics, sumRemedies: new Map([['sise', 'raise steps']]) };
    const sumMissed = { samples: 20, largest: 1.01 };
    expect(formatWarnings([row({ sumMissed }, quiet), row({ sumMissed, label: 'b' }, { ...quiet, ties: 9 })], style)).toBe(
      [
        'Before you believe the numbers:',
        '  Some maps miss the change of the output by more than 1.0 %: they explain only a part of it.',
        '    sise: 20 of 200 maps, at most by 101 %; raise steps',
        '    b: 20 of 200 maps, at most by 101 %; raise steps',
        '  Drop and increase, tied: values are equal (b: 9 samples at keep 0.3).',
        '',
      ].join('\n'),
    );
    expect(formatWarnings([row({}, quiet)], style)).toBe('');
  });
  it('name the settings they are about', () => {
    const [warning] = resultWarnings(
      [
        row({}, quiet),
        row({ setting: { keepFraction: 0.1 } }, { ...quiet, maskedClass: 0.95 }),
        row({ setting: { keepFraction: 0.2 } }, { ...quiet, maskedClass: 0.9 }),
      ],
      metrics,
    );
    expect(warning?.text).toBe(
      'Drop and increase, collapse: masked inputs go to one class (sise: up to 95\u00a0% at keep 0.1; keep 0.2).',
    );
    expect(warning?.details).toEqual([]);
  });
  it('of several methods are one line, with the methods in a list', () => {
    const rows = ['a', 'b', 'c'].map((label) => row({ label }, { ...quiet, ties: 3 }));
    const warnings = resultWarnings(rows, metrics);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.text).toBe('Drop and increase, tied: values are equal.');
    expect(warnings[0]?.details).toEqual(['a', 'b', 'c'].map((label) => `${label}: 3 samples at keep 0.3`));
  });
});
