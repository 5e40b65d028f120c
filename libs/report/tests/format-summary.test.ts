import type { DescribeMeasure, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatSummary, formatTable } from '../src/index.js';

const directions: Readonly<Record<string, 'higher' | 'lower'>> = { drop: 'lower', increase: 'higher' };
/** As the registry of metrics describes them, of which this package knows nothing. */
const describeMeasure = ((_metric: string, name: string) => {
  const direction = directions[name];
  return { name, aggregate: 'mean', ...(direction === undefined ? {} : { direction }) };
}) as DescribeMeasure;

function row(label: string, keepFraction: number, drop: number, others: Partial<TableRow> = {}): TableRow {
  return {
    ...{ runId: 'r1', runName: 'run', evaluation: label.charCodeAt(0), dataset: 'digits', model: 'cnn', method: label, label },
    ...{ engine: 'onnxruntime', explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted' },
    ...{ setting: { keepFraction }, samples: 10, planned: 10, degenerate: 0 },
    measures: { drop: { value: drop }, increase: { value: drop / 2 }, ties: { value: 3 } },
    ...others,
  };
}

const summary = (rows: readonly TableRow[], width?: number): string[] =>
  formatSummary(rows, { describe: describeMeasure, ...(width === undefined ? {} : { width }) }).split('\n');

describe('the summary of a run', () => {
  const rows = [
    row('a', 0.1, 0.6),
    row('a', 0.3, 0.4),
    row('b', 0.1, 0.3),
    row('b', 0.3, 0.1),
    row('c', 0.1, 0.8),
    row('c', 0.3, 0.8),
  ];

  it('ranks methods by each measure that has a direction, by their means over the settings', () => {
    expect(summary(rows)).toEqual([
      'cnn on digits, 10 samples',
      '  Drop rate ↓      1. b 0.200  2. a 0.500  3. c 0.800',
      '  Increase rate ↑  1. c 0.400  2. a 0.250  3. b 0.100',
      '↓ lower is better, ↑ higher is better; means over the settings that all methods have.',
      '',
    ]);
  });

  it('uses only settings that all methods have', () => {
    expect(summary([...rows, row('b', 0.5, 0)])[1]).toBe('  Drop rate ↓      1. b 0.200  2. a 0.500  3. c 0.800');
  });

  it('keeps data sets, models and scored classes apart, and says what is not scored yet', () => {
    const other = rows.map((one) => ({
      ...one,
      dataset: 'patches',
      samples: one.label === 'c' ? 0 : 7,
      ...(one.label === 'c' ? { measures: {} } : {}),
    }));
    const lines = summary([...rows, ...other]);
    expect(lines[3]).toBe('cnn on patches, 7 samples; not scored yet: c');
    expect(lines[4]).toBe('  Drop rate ↓      1. b 0.200  2. a 0.500');
    expect(
      summary([rows[0], rows[2]].flatMap((one, at) => (one === undefined ? [] : [{ ...one, scoredClass: String(at) }]))),
    ).toEqual(['']);
  });

  it('shows the first methods and the last where there is no room, and names the runs of several', () => {
    const many = Array.from({ length: 13 }, (_, at) => row(`${String.fromCharCode(97 + at)} a-long-name=${at}`, 0.1, at / 13));
    const [, line = ''] = summary(many, 80);
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toMatch(/^ {2}Drop rate ↓ {6}1\. a a-long.* 0\.000 .*… {2}13\. m a-long.* 0\.923$/);
    expect(summary([row('a', 0.1, 0.5), { ...row('a', 0.1, 0.4), runId: 'r2' }])[1]).toContain(
      '1. a (r2) 0.400  2. a (r1) 0.500',
    );
  });

  it('is empty where there is nothing to rank', () => {
    expect(summary([row('a', 0.1, 0.5)])).toEqual(['']);
    expect(summary([])).toEqual(['']);
  });

  it('goes with a table that marks the best of those that can be compared', () => {
    const marked = formatTable(rows, 'table', { describe: describeMeasure, emphasise: (text) => `<${text}>` });
    expect(marked.match(/<[^>]+>/g)).toEqual(['<0.3000>', '<0.1000>', '<0.4000>', '<0.4000>']);
    expect(formatTable(rows.slice(0, 2), 'table', { describe: describeMeasure, emphasise: (text) => `<${text}>` })).not.toContain(
      '<',
    );
  });
});
