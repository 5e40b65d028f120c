import { describe, expect, it } from 'vitest';
import { tableLayouts, type TableTexts } from '../src/index.js';

const table: TableTexts = {
  columns: [
    { title: 'Dataset', align: 'left' },
    { title: 'Method', align: 'left' },
    { title: 'Drop rate', align: 'right' },
    { title: 'Collapse', align: 'right', optional: 1 },
    { title: 'Tied', align: 'right', optional: 2 },
  ],
  rows: [
    ['mnist1d', 'sise gradientThreshold=0.25', '0.1000 [0.0500, 0.1500]', '0.5', '7'],
    ['mnist1d', 'random', '0.9000 [0.8500, 0.9500]', '0.6', '8'],
  ],
  shortRows: [
    ['mnist1d', 'sise gradientThreshold=0.25', '0.1000', '0.5', '7'],
    ['mnist1d', 'random', '0.9000', '0.6', '8'],
  ],
  best: [
    [false, false, true, false, false],
    [false, false, false, false, false],
  ],
  block: 1,
};
const whole = tableLayouts.table(table);
const shown = (width: number): string => tableLayouts.table(table, { width });
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('a table on a terminal', () => {
  it('is the whole table where there is room, and in a file', () => {
    expect(shown(widest(whole))).toBe(whole);
  });

  it.each([78, 70, 60, 50, 45, 40, 36, 30])('fits %i columns, and cuts no number', (width) => {
    expect(widest(shown(width))).toBeLessThanOrEqual(width);
    for (const number of ['0.1000', '0.9000']) expect(shown(width)).toMatch(new RegExp(`(^| )${number}( |$)`, 'm'));
  });

  it('says what is the same in all rows once, then leaves intervals out, then columns, then the middle of names', () => {
    expect(shown(76)).toContain('In all rows: Dataset mnist1d.');
    expect(shown(76)).toContain('0.1000 [0.0500, 0.1500]');
    expect(shown(60)).toContain('Left out to fit 60 columns: 95 % intervals. --format csv has');
    expect(shown(50)).toMatch(/Left out to fit 50 columns: 95 % intervals, column\n"Tied"/);
    expect(shown(30)).toMatch(/^sise g\w*…\w*=0\.25/m);
    expect(shown(30)).toContain('Long names are shortened (…).');
    expect(tableLayouts.table(table, { width: 60, elsewhere: '--json' })).toContain('--json has');
  });

  it('says what a single row is about below it, and keeps its numbers', () => {
    const one = { ...table, rows: table.rows.slice(0, 1), shortRows: table.rows.slice(0, 1) };
    expect(tableLayouts.table(one, { width: 50 })).toContain(
      'In this row: Dataset mnist1d, Method sise\ngradientThreshold=0.25.',
    );
    expect(widest(tableLayouts.table(one, { width: 50 }))).toBeLessThanOrEqual(50);
  });

  it('marks the best, without moving a column', () => {
    const marked = tableLayouts.table(table, { emphasise: (text) => `\u001b[1m${text}\u001b[22m` });
    expect(marked).toContain('\u001b[1m0.1000 [0.0500, 0.1500]\u001b[22m');
    // eslint-disable-next-line no-control-regex -- colours are control characters
    expect(marked.replaceAll(/\u001b\[\d+m/g, '')).toBe(whole);
  });
});
