import type { TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { chooseSamples, type SampleScores } from '../src/index.js';
import { keptPositions } from '../src/page/gallery-panels.js';
import { resultWarnings } from '../src/page/result-warnings.js';

const sample = (
  sampleIndex: number,
  classes: readonly [number, number],
  drops: readonly number[],
  degenerate = false,
): SampleScores => ({
  ...{ sampleIndex, trueClass: classes[0], predictedClass: classes[1], drops, degenerate },
});

/** Drops are sums of powers of two, so that means compare exactly. */
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

const chosen = (key: string, from = samples, methods = 2, most = 2): number[] | undefined =>
  chooseSamples(from, methods, most)
    .find((group) => group.key === key)
    ?.samples.map(({ sampleIndex }) => sampleIndex);

describe('samples of a gallery', () => {
  it('that succeed: right, the smallest mean drop, one a class, the lowest index of equals', () => {
    expect(chosen('successes')).toEqual([1, 2]);
  });
  it('that fail: the most frequent confusion first, its largest mean drop', () => {
    expect(chosen('failures')).toEqual([4, 5]);
  });
  it('on which methods disagree most', () => {
    expect(chosen('disagreements')).toEqual([6, 4]);
  });
  it('that no method explains', () => {
    expect(chosen('highest-drops')).toEqual([5, 0]);
  });
  it('do not depend on the order of scores', () => {
    expect(chooseSamples(samples.toReversed(), 2, 2)).toEqual(chooseSamples(samples, 2, 2));
  });
  it('have no disagreements with one method, and none at all without samples', () => {
    expect(chosen('disagreements', samples, 1)).toBeUndefined();
    expect(chooseSamples([], 2, 2).flatMap((group) => group.samples)).toEqual([]);
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
  const kinds = (...rows: TableRow[]): string[] => resultWarnings(rows).map(({ kind }) => kind);

  it('are silent when nothing is wrong', () => {
    expect(kinds(row({}, quiet))).toEqual([]);
  });
  it.each([
    ['collapse', {}, { maskedClass: 0.8 }],
    ['degenerate', { degenerate: 1 }, {}],
    ['sum-missed', { sumMissed: { samples: 1, largest: 0.02 } }, {}],
    ['ties', {}, { ties: 1 }],
    ['same-increase', {}, { increase: 0 }],
    ['same-increase', {}, { increase: 1 }],
    ['incomplete', { samples: 199 }, {}],
    ['few-samples', { samples: 99, planned: 99 }, {}],
  ])('tell of %s', (kind, changes, measures) => {
    expect(kinds(row(changes, { ...quiet, ...measures }))).toEqual([kind]);
  });
  it('say in words how many maps do not add up, and by how much', () => {
    const [warning] = resultWarnings([row({ sumMissed: { samples: 12, largest: 0.413 } }, quiet)]);
    expect(warning?.text).toContain(
      '12 of 200 maps do not add up to the change of the output that they explain: they miss it by more than 1.0 %, at most by 41 %.',
    );
  });
  it('name the settings they are about', () => {
    const [warning] = resultWarnings([
      row({}, quiet),
      row({ setting: { keepFraction: 0.1 } }, { ...quiet, maskedClass: 0.95 }),
      row({ setting: { keepFraction: 0.2 } }, { ...quiet, maskedClass: 0.9 }),
    ]);
    expect(warning?.text).toContain('keep 0.1; keep 0.2: up to 95 %');
    expect(warning?.subject).toBe('sise on d (m)');
  });
});
