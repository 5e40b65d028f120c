import { settingToCompare, type TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { chooseMethods, comparedAt, isToldApart, methodPairs, rankings } from '../src/index.js';
import { metrics } from './described-metrics.js';

const controls = new Set(['random']);

function row(label: string, keepFraction: number, drop: number, changes: Partial<TableRow> = {}): TableRow {
  return {
    ...{ runId: 'r', runName: 'r', dataset: 'd', model: 'm', method: label, label, engine: 'onnxruntime' },
    ...{
      evaluation: 0,
      explainedClass: 'predicted',
      metric: 'drop-increase',
      scoredClass: 'predicted',
      setting: { keepFraction },
    },
    ...{ samples: 4, planned: 4, degenerate: 0, measures: { drop: { value: drop } } },
    ...changes,
  };
}

describe('the setting at which methods are compared', () => {
  const options = { measure: 'drop', controls };
  it('is where rates lie furthest apart, of equals the first', () => {
    const rows = [0.1, 0.2, 0.3].flatMap((keep) => [row('a', keep, 0.25), row('b', keep, keep === 0.1 ? 0.25 : 0.75)]);
    expect(settingToCompare(rows, options)).toEqual({ keepFraction: 0.2 });
  });
  it('is one that all methods have', () => {
    const rows = [row('a', 0.1, 0), row('a', 0.2, 0.5), row('b', 0.2, 0.5)];
    expect(settingToCompare(rows, options)).toEqual({ keepFraction: 0.2 });
  });
  it('does not follow a control that lies far off', () => {
    const rows = [
      ...[row('a', 0.1, 0.5), row('b', 0.1, 0.5), row('random', 0.1, 1)],
      ...[row('a', 0.2, 0.4), row('b', 0.2, 0.5), row('random', 0.2, 0.5)],
    ];
    expect(settingToCompare(rows, options)).toEqual({ keepFraction: 0.2 });
  });
  it('is none without scores', () => {
    expect(settingToCompare([], options)).toBeUndefined();
  });
});

describe('a ranking', () => {
  it('has the best first by the headline measure’s direction; equal values share a rank', () => {
    const [ranking] = rankings([row('c', 0.1, 0.5), row('a', 0.1, 0.25), row('b', 0.1, 0.5), row('random', 0.1, 1)], {
      metrics,
      controls,
    });
    expect(ranking?.methods.map(({ row: { label }, rank, isControl }) => [label, rank, isControl])).toEqual([
      ['a', 1, false],
      ['c', 2, false],
      ['b', 2, false],
      ['random', 4, true],
    ]);
    const pointing = (label: string, value: number) =>
      row(label, 0, 0, { metric: 'pointing-game', setting: { values: 'positive' }, measures: { energyPointing: { value } } });
    const [higher] = rankings([pointing('a', 0.25), pointing('b', 0.75)], { metrics, controls });
    expect(higher?.methods.map(({ row: { label } }) => label)).toEqual(['b', 'a']);
  });
  it('does not mix in rates that are divided by something else, and names methods without a value', () => {
    const rows = [row('a', 0.1, 0.01, { divisor: 1000 }), row('a', 0.1, 0.5), row('b', 0.1, 0.25), row('c', 0.7, 0.1)];
    const [ranking] = rankings(rows, { metrics, controls });
    expect(ranking?.methods.map(({ value }) => value)).toEqual([0.25, 0.5]);
    expect(ranking?.missing.map(({ label }) => label)).toEqual(['c']);
  });
  it('has each method once, also where its rates are there with two divisors', () => {
    const rows = [1000, 500].flatMap((divisor) => ['a', 'b'].map((label) => row(label, 0.1, 0.5 / divisor, { divisor })));
    const [ranking] = rankings(rows, { metrics, controls });
    expect(ranking?.methods.map(({ row: { label, divisor } }) => [label, divisor])).toEqual([
      ['a', 1000],
      ['b', 1000],
    ]);
  });
  it('is one for each scored class, and says which where there are several', () => {
    const rows = ['predicted', '0'].map((scoredClass) => row('a', 0.1, 0.5, { scoredClass }));
    const said = (of: readonly TableRow[]) => rankings(of, { metrics, controls }).map((one) => comparedAt(one));
    expect(said(rows)).toEqual(['keep 0.1, scored class predicted', 'keep 0.1, scored class 0']);
    expect(said(rows.slice(1))).toEqual(['keep 0.1']);
    expect(said([...rows.slice(1), row('a', 0.1, 0.5, { model: 'other' })])).toEqual(['keep 0.1', 'keep 0.1']);
  });
  it('is one for each data set, model and metric; an unknown metric has none', () => {
    const rows = [row('a', 0.1, 0.5), row('a', 0.1, 0.5, { model: 'other' }), row('a', 0.1, 0.5, { metric: 'of the future' })];
    expect(rankings(rows, { metrics, controls }).map(({ model }) => model)).toEqual(['m', 'other']);
  });
});

describe('the methods that figures show', () => {
  const rows = [...Array.from({ length: 12 }, (_, at) => row(`m${at}`, 0.1, at / 20)), row('random', 0.1, 0.9)];
  const [ranking] = rankings(rows, { metrics, controls });
  if (ranking === undefined) throw new Error('There is a ranking.');
  const shown = (options: Parameters<typeof chooseMethods>[1]) => {
    const { shown: methods, note } = chooseMethods(ranking, options);
    return { labels: methods.map(({ row: { label } }) => label), note };
  };
  it('are all of them, without a word, up to a number', () => {
    const { labels, note } = shown({ most: 13 });
    expect(labels).toHaveLength(13);
    expect(note).toBeUndefined();
  });
  it('beyond it are the best and the control, and how many and by which rule is said', () => {
    const { labels, note } = shown({ most: 4 });
    expect(labels).toEqual(['m0', 'm1', 'm2', 'random']);
    expect(note).toBe('4 of 13 methods: the 3 best by drop rate, the control. 9 left out here; the tables have all.');
  });
  it('are as many of the best as are asked for, and the control', () => {
    expect(shown({ top: 2, most: 30 }).labels).toEqual(['m0', 'm1', 'random']);
  });
});

describe('methods in pairs', () => {
  const sample = (sampleIndex: number, values: readonly number[]) => ({
    ...{ sampleIndex, trueClass: 0, predictedClass: 0, degenerate: false, values },
  });
  it('are compared on the samples that both have', () => {
    const [pair] = methodPairs(
      ['a', 'b'],
      [sample(0, [1, 0.5]), sample(1, [0.5, 0.5]), sample(2, [NaN, 1]), sample(3, [0, 0.5])],
      { range: { low: 0, high: 1 } },
    );
    // Differences 0.5, 0, −0.5: mean 0, sample variance 0.25.
    expect(pair).toMatchObject({ first: 'a', second: 'b', samples: 3, difference: 0, higher: 1, lower: 1 });
    expect(pair?.interval?.high).toBeCloseTo(1.959964 * Math.sqrt(0.25 / 3), 6);
    expect(isToldApart(pair ?? { interval: undefined })).toBe(false);
  });
  it('are told apart by an interval without zero', () => {
    const samples = [0, 1, 2, 3].map((at) => sample(at, [1, 0.5 + at / 100]));
    expect(methodPairs(['a', 'b'], samples, { range: { low: 0, high: 1 } }).map(isToldApart)).toEqual([true]);
  });
  it('are not told apart by rounding', () => {
    const samples = [0, 1, 2, 3].map((at) => sample(at, [0.5 + 1e-8, 0.5]));
    expect(methodPairs(['a', 'b'], samples, { range: { low: 0, high: 1 } })).toMatchObject([
      { difference: 0, interval: { low: 0, high: 0 }, higher: 0, lower: 0 },
    ]);
    expect(methodPairs(['a', 'b'], samples, { range: { low: 0, high: 1 } }).map(isToldApart)).toEqual([false]);
  });
});
