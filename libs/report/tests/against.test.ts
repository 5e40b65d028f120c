import type { Reason, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { againstEvaluation, formatTable } from '../src/index.js';

function rowOf(method: string, against: readonly Reason['code'][], changes: Partial<TableRow> = {}): TableRow {
  return {
    ...{ runId: 'r1', runName: 'run', evaluation: 0, dataset: 'patches', model: 'vgg', method, label: method },
    ...{ engine: 'onnxruntime', explainedClass: 'predicted', metric: 'deletion', scoredClass: 'predicted', setting: {} },
    ...{ samples: 100, planned: 100, degenerate: 0, measures: { area: { value: 0.3 } } },
    against: against.map((code) => ({ code, text: `${code} of ${method}` })),
    ...changes,
  };
}

const controls = new Set(['random', 'constant']);
const rows = [
  rowOf('sise', []),
  rowOf('gradient', ['ties', 'not-better-than-random']),
  rowOf('random', []),
  rowOf('constant', ['ties', 'degenerate', 'ties']),
];

describe('what speaks against rows', () => {
  it('stands in a terminal as a mark for each code, with what the marks mean below', () => {
    expect(formatTable(rows, 'table', { controls, width: 80 })).toMatchInlineSnapshot(`
      "Method              Against
      ───────────────────────────
      sise
      gradient            rt
      random (control)
      constant (control)  dt
      In all rows: Dataset patches, Model vgg, Samples 100, area 0.3000, Degenerate 0.

      Against: what speaks against a row. --format json says how much.
        r  no better than random maps, on the samples that both have
        d  some maps are the same everywhere, and count in the means
        t  equal values leave the order of positions to chance in a tenth of the maps
           or more
      "
    `);
  });

  it('leaves no trace where nothing does', () => {
    const text = formatTable([rowOf('sise', [])], 'table', { controls });
    expect(text).not.toMatch(/Against/);
    expect(formatTable([rowOf('sise', [])], 'csv')).not.toMatch(/against/);
  });

  it('stands in markdown and csv by code, each once', () => {
    const cells = formatTable(rows, 'markdown')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' | ').at(-1));
    expect(cells).toEqual(['Against |', '--- |', ' |', 'not-better-than-random, ties |', ' |', 'degenerate, ties |']);
    const [header = '', ...records] = formatTable(rows, 'csv').trimEnd().split('\n');
    const at = header.split(',').indexOf('against');
    expect(records.map((record) => record.split(',')[at])).toEqual(['', 'not-better-than-random ties', '', 'degenerate ties']);
  });

  it('stands in json with its words', () => {
    expect(JSON.parse(formatTable(rows.slice(1, 2), 'json'))).toMatchObject([
      {
        against: [
          { code: 'ties', text: 'ties of gradient' },
          { code: 'not-better-than-random', text: 'not-better-than-random of gradient' },
        ],
      },
    ]);
  });

  it('is cut at no width: every mark and every line of the legend has room in 80 columns', () => {
    const all = 'rdcstokmui';
    const codes: Reason['code'][] = [
      ...(['incomplete', 'undecided', 'sum-missed', 'check', 'order-depends-on-setting'] as const),
      ...(['ties', 'same-scores', 'collapse', 'degenerate', 'not-better-than-random'] as const),
    ];
    const many = [rowOf('a method with a long name and its parameters', codes), rowOf('another', [])];
    const lines = formatTable(many, 'table', { width: 80 }).trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.some((line) => line.endsWith(all))).toBe(true);
  });
});

describe('what speaks against an evaluation', () => {
  it('is each code once: its words where all rows have the same, or else by which metrics', () => {
    const constant: Reason = { code: 'degenerate', text: '100 of 100 maps are the same everywhere' };
    const tied = (metric: string, text: string) => rowOf('constant', [], { metric, against: [{ code: 'ties', text }, constant] });
    expect(againstEvaluation([tied('a', '1 of 2'), tied('b', '2 of 2')])).toEqual([
      constant,
      { code: 'ties', text: '2 of 2 rows, by a, b' },
    ]);
    const many = ['a', 'b', 'c', 'd', 'e'].map((metric) => tied(metric, `tied in ${metric}`));
    expect(againstEvaluation(many).at(-1)).toEqual({ code: 'ties', text: '5 of 5 rows, by a, b, c, 2 other metrics' });
    expect(againstEvaluation([rowOf('sise', [])])).toEqual([]);
  });
});
