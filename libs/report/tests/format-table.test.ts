import type { DescribeMeasure, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatTable } from '../src/index.js';
import { metrics } from './described-metrics.js';

const row = (method: string, keepFraction: number, drop: number): TableRow => ({
  ...{
    runId: 'r1',
    runName: 'run',
    evaluation: 0,
    dataset: 'mnist1d',
    model: 'c_n|n',
    method,
    label: method,
    engine: 'onnxruntime',
  },
  ...{ explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted' },
  setting: { keepFraction, baseline: 'zero' },
  ...{ samples: 1000, planned: 1000, degenerate: 2 },
  measures: {
    drop: { value: drop, interval: { low: drop - 0.01, high: drop + 0.01 } },
    increase: { value: 0.375, interval: { low: 0.3456, high: 0.4054 } },
    maskedProbability: { value: 0.5 },
    maskedClass: { value: 0.21 },
    ties: { value: 3 },
  },
});

const describeMeasure: DescribeMeasure = (name, measure) =>
  metrics.find(({ metric }) => metric === name)?.measures.find((candidate) => candidate.name === measure);

const rows = [row('sise', 0.1, 0.2), row('sise', 0.3, 0.137174), row('shap-deep', 0.3, 0.459678)];

describe('formatTable', () => {
  it('as text shows rates with intervals and writes repeated names once', () => {
    expect(formatTable(rows, 'table', { describe: describeMeasure })).toMatchInlineSnapshot(`
      "Dataset  Model  Method     Keep  Samples                Drop rate            Increase rate  Collapse  Tied  Degenerate
      ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      mnist1d  c_n|n  sise       0.1      1000  0.2000 [0.1900, 0.2100]  0.3750 [0.3456, 0.4054]    0.2100     3           2
                                 0.3      1000  0.1372 [0.1272, 0.1472]  0.3750 [0.3456, 0.4054]    0.2100     3           2
                      shap-deep  0.3      1000  0.4597 [0.4497, 0.4697]  0.3750 [0.3456, 0.4054]    0.2100     3           2
      "
    `);
  });

  it('says how many maps do not add up, and by how much, where some do not', () => {
    const [first, second] = rows.slice(1);
    const missed = [first, second && { ...second, sumMissed: { samples: 12, largest: 0.4137 } }].filter(
      (one) => one !== undefined,
    );
    const [header, , ...lines] = formatTable(missed, 'markdown', { describe: describeMeasure }).trimEnd().split('\n');
    expect([header, ...lines].map((line) => line?.split(' | ').at(-1))).toEqual(['Sum off |', '0 |', '12, up to 41 % |']);
    const [names = '', ...records] = formatTable(missed, 'csv').trimEnd().split('\n');
    const at = names.split(',').indexOf('sumMissed');
    expect(records.map((record) => record.split(',').slice(at, at + 2))).toEqual([
      ['0', ''],
      ['12', '0.4137'],
    ]);
  });

  it('on a terminal has the places that intervals need, and that tell values apart; for papers four', () => {
    const tiny = (method: string, value: number) => ({
      ...row(method, 0.3, 0),
      measures: { drop: { value, interval: { low: value - 0.00004, high: value + 0.00004 } }, increase: { value: value / 10 } },
    });
    const two = [tiny('a', 0.00003), tiny('b', 0.00006)];
    expect(formatTable(two, 'table', { describe: describeMeasure })).toMatch(
      /0\.000030 \[-0\.000010, 0\.000070\] +0\.00000 [^]*0\.000060 \[0\.000020, 0\.000100\] +0\.00001 /,
    );
    expect(formatTable(two, 'markdown', { describe: describeMeasure })).toContain('| 0.0000 [0.0000, 0.0001] | 0.0000 |');
  });

  it('on a narrow terminal leaves out what warns of something last', () => {
    const [first, second, third] = rows;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three rows');
    const missed = [first, second, { ...third, samples: 997, degenerate: 0, sumMissed: { samples: 12, largest: 1.01 } }].map(
      (one, at) => ({ ...one, measures: { ...one.measures, increase: { value: at / 4 }, maskedClass: { value: at / 8 } } }),
    );
    for (let width = 110; width >= 60; width -= 1) {
      const text = formatTable(missed, 'table', { width, describe: describeMeasure });
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(text.split('\n')[0]).toContain('Sum off');
    }
    const narrow = formatTable(missed, 'table', { width: 70, describe: describeMeasure });
    expect(narrow.replaceAll('\n', ' ')).toContain('95 % intervals, column "Collapse", column "Samples".');
  });

  it('as markdown escapes bars', () => {
    expect(formatTable(rows.slice(1, 2), 'markdown', { describe: describeMeasure }).split('\n')[2]).toBe(
      '| mnist1d | c_n\\|n | sise | 0.3 | 1000 | 0.1372 [0.1272, 0.1472] | 0.3750 [0.3456, 0.4054] | 0.2100 | 3 | 2 |',
    );
  });

  it('as LaTeX escapes what LaTeX would take as commands', () => {
    expect(formatTable(rows.slice(1, 2), 'latex', { describe: describeMeasure })).toContain(
      'mnist1d & c\\_n|n & sise & 0.3 & 1000',
    );
  });

  it('as CSV and JSON keeps numbers in full', () => {
    const [header = '', first = ''] = formatTable(rows.slice(1, 2), 'csv').split('\n');
    const values = Object.fromEntries(header.split(',').map((name, index) => [name, first.split(',')[index]]));
    expect(values).toMatchObject({
      keepFraction: '0.3',
      drop: '0.137174',
      dropHigh: '0.147174',
      maskedProbability: '0.5',
      increaseLow: '0.3456',
    });
    expect(JSON.parse(formatTable(rows, 'json'))).toEqual(rows);
  });

  it('writes what rounds to zero without a sign', () => {
    const almost = { ...row('sise', 0.5, 0), measures: { drop: { value: 0.0004, interval: { low: -0.00004, high: 0.0009 } } } };
    expect(formatTable([almost], 'markdown', { describe: describeMeasure })).toContain('| 0.0004 [0.0000, 0.0009] |');
  });

  it('names the keep setting before a baseline that is not zero', () => {
    const other = { ...row('sise', 0.3, 0.1), setting: { baseline: 'mean', keepThreshold: 0.5 } };
    expect(formatTable([other], 'markdown', { describe: describeMeasure })).toContain('| > 0.5, baseline mean |');
  });

  it('says how many samples are missing', () => {
    expect(formatTable([{ ...row('sise', 0.3, 0.1), samples: 900 }], 'markdown', { describe: describeMeasure })).toContain(
      '| 900 of 1000 |',
    );
  });

  it('tells runs apart when there are several', () => {
    expect(
      formatTable([row('sise', 0.3, 0.1), { ...row('sise', 0.3, 0.1), runId: 'r2' }], 'markdown', { describe: describeMeasure }),
    ).toContain('| r2 run |');
  });

  it('names a divisor with the setting, and gives it a column of a CSV file', () => {
    const divided = { ...row('sise', 0.9, 0.3), divisor: 1000 };
    expect(formatTable([divided], 'markdown', { describe: describeMeasure })).toContain('| 0.9, divisor 1000 |');
    const [header = '', first = '', second = ''] = formatTable([divided, row('sise', 0.9, 0.6)], 'csv').split('\n');
    const column = header.split(',').indexOf('divisor');
    expect([first.split(',')[column], second.split(',')[column]]).toEqual(['1000', '']);
    expect(formatTable([row('sise', 0.9, 0.6)], 'csv')).not.toContain('divisor');
  });

  it('says how much a baseline is blurred', () => {
    const blurred = { ...row('sise', 0.3, 0.1), setting: { keepFraction: 0.3, baseline: { blur: 5 } } };
    expect(formatTable([blurred], 'markdown', { describe: describeMeasure })).toContain('| 0.3, baseline blur 5 |');
  });

  it('makes a table for each metric, with its own columns', () => {
    const pointing: TableRow = {
      ...row('sise', 0.3, 0.1),
      ...{ metric: 'pointing-game', setting: { values: 'positive' } },
      measures: { energyPointing: { value: 0.75 }, pointing: { value: 1 }, regionArea: { value: 0.125 }, noMass: { value: 1 } },
    };
    expect(formatTable([...rows.slice(0, 1), pointing, ...rows.slice(1, 2)], 'table', { describe: describeMeasure }))
      .toMatchInlineSnapshot(`
      "Dataset  Model  Method  Keep  Samples                Drop rate            Increase rate  Collapse  Tied  Degenerate
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      mnist1d  c_n|n  sise    0.1      1000  0.2000 [0.1900, 0.2100]  0.3750 [0.3456, 0.4054]    0.2100     3           2
                              0.3      1000  0.1372 [0.1272, 0.1472]  0.3750 [0.3456, 0.4054]    0.2100     3           2

      Dataset  Model  Method  Setting          Samples  Energy pointing game  Pointing game  Region area  No mass  Degenerate
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      mnist1d  c_n|n  sise    positive values     1000                0.7500         1.0000       0.1250        1           2
      "
    `);
  });
});
