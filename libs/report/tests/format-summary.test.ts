import type { DescribeMeasure, PairDecision, TableRow } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { formatSummary, formatTable } from '../src/index.js';
import { metrics } from './described-metrics.js';

const describeMeasure: DescribeMeasure = (name, measure) =>
  metrics.find(({ metric }) => metric === name)?.measures.find((candidate) => candidate.name === measure);

function row(label: string, keepFraction: number, drop: number, others: Partial<TableRow> = {}): TableRow {
  return {
    ...{ runId: 'r1', runName: 'run', evaluation: label.charCodeAt(0), dataset: 'digits', model: 'cnn', method: label, label },
    ...{ engine: 'onnxruntime', explainedClass: 'predicted', metric: 'drop-increase', scoredClass: 'predicted' },
    ...{ setting: { keepFraction }, samples: 10, planned: 10, degenerate: 0 },
    measures: { drop: { value: drop }, increase: { value: drop / 2 }, maskedProbability: { value: 0.5 }, ties: { value: 3 } },
    ...others,
  };
}

const summary = (rows: readonly TableRow[], width?: number): string[] =>
  formatSummary(rows, { metrics, controls: new Set(['random']), ...(width === undefined ? {} : { width }) }).split('\n');

const compare = 'Ranks are of means, rounding aside: `xaigrid compare` says which the samples tell apart.';

describe('the summary of a run', () => {
  const rows = [
    row('a', 0.1, 0.6),
    row('a', 0.3, 0.4),
    row('b', 0.1, 0.3),
    row('b', 0.3, 0.1),
    row('c', 0.1, 0.8),
    row('c', 0.3, 0.8),
  ];

  it('ranks methods by each result that has a direction, at the setting that tells them furthest apart', () => {
    expect(summary(rows)).toEqual([
      'cnn on digits, 10 samples; one of 2 settings: keep 0.3',
      '  Drop rate ↓      1. b 0.100  2. a 0.400  3. c 0.800',
      '  Increase rate ↑  1. c 0.400  2. a 0.200  3. b 0.050',
      `↓ lower is better, ↑ higher is better; of several settings, the one at which the methods lie furthest apart. ${compare}`,
      '',
    ]);
  });

  it('is at the setting by which a run decided between methods', () => {
    const pair: PairDecision = {
      ...{ dataset: 'digits', model: 'cnn', first: 'a', second: 'b', metric: 'drop-increase', measure: 'drop' },
      ...{ scoredClass: 'predicted', setting: { keepFraction: 0.1 }, samples: 10, unscored: 0, difference: 0.3 },
      verdict: 'second',
      sequence: 'betting',
    };
    const decisions = [{ alpha: 0.05, taken: [], pairs: [pair] }];
    const text = formatSummary(rows, { metrics, controls: new Set(), decisions });
    expect(text).toContain('one of 2 settings: keep 0.1');
    expect(text).toContain('of several settings, the one by which the run decided.');
  });

  it('gives equal values one rank, and says nothing of settings where there is one', () => {
    expect(summary([row('a', 0.1, 0.6), row('b', 0.1, 0.6 + 1e-8), row('c', 0.1, 0.8)])).toEqual([
      'cnn on digits, 10 samples',
      '  Drop rate ↓      1. a 0.600  1. b 0.600  3. c 0.800',
      '  Increase rate ↑  1. c 0.400  2. a 0.300  2. b 0.300',
      `↓ lower is better, ↑ higher is better. ${compare}`,
      '',
    ]);
  });

  it('does not choose a setting by how far a control lies off, nor one that most methods lack', () => {
    const control = [row('random', 0.1, 0.99), row('random', 0.3, 0.2)];
    expect(summary([...rows, ...control, row('b', 0.5, 0), row('c', 0.5, 1)])[1]).toBe(
      '  Drop rate ↓      1. b 0.100  2. random 0.200  3. a 0.400  4. c 0.800',
    );
  });

  it('keeps data sets, models and scored classes apart, and says what is not scored yet', () => {
    const atOne = rows.filter(({ setting }) => setting.keepFraction === 0.1);
    const other = atOne.map((one) => ({
      ...one,
      dataset: 'patches',
      samples: one.label === 'c' ? 0 : 7,
      ...(one.label === 'c' ? { measures: {} } : {}),
    }));
    const lines = summary([...rows, ...other]);
    expect(lines[3]).toBe('cnn on patches, 7 samples; not scored there: c');
    expect(lines[4]).toBe('  Drop rate ↓      1. b 0.300  2. a 0.600');
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

  it('names runs and engines only of methods that several have, by as much of the id as it takes', () => {
    const inRun = (runId: string, changes: Partial<TableRow> = {}) => ({ runId: `${runId}fsdz8r32`, ...changes });
    const rows = ['a', 'b'].flatMap((label) => [
      row(label, 0.1, 0.4, inRun('u5')),
      row(label, 0.1, 0.5, inRun('k3', { dataset: 'patches' })),
    ]);
    expect(summary(rows).join('\n')).not.toContain('(');
    expect(summary([...rows, row('c', 0.1, 0.9, inRun('k3')), row('a', 0.1, 0.3, inRun('k3'))])[1]).toContain(
      '1. a (k3fs) 0.300  2. a (u5fs) 0.400  2. b 0.400  4. c 0.900',
    );
    const close = ['abcdef1', 'abcdef2'].map((runId, at) => row('a', 0.1, at / 10, { runId }));
    expect(summary(close)[1]).toContain('1. a (abcdef1) 0.000  2. a (abcdef2) 0.100');
    const engines = ['onnxruntime', 'tensorflow'].map((engine, at) => row('a', 0.1, at / 10, { engine }));
    expect(summary([...engines, row('b', 0.1, 0.5)])[1]).toContain(
      '1. a (onnxruntime) 0.000  2. a (tensorflow) 0.100  3. b 0.500',
    );
  });

  it('writes values of different rank with as many places as tell them apart', () => {
    expect(summary([row('a', 0.1, 0.99991), row('b', 0.1, 0.99993), row('c', 0.1, 0.5)])[1]).toContain(
      '1. c 0.50000  2. a 0.99991  3. b 0.99993',
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
