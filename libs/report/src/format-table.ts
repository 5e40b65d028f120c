import Table from 'cli-table3';
import { stringify } from 'csv-stringify/sync';
import type { TableRow } from '@xaigrid/contracts';
import { tableColumns, type TableColumn } from './table-columns.js';

export const tableFormats = ['table', 'json', 'csv', 'markdown', 'latex'] as const;
export type TableFormat = (typeof tableFormats)[number];

/**
 * Renders result rows. `table`, `markdown` and `latex` are rounded for people, one table a metric, since metrics share no columns;
 * `json` and `csv` hold every number in full.
 */
export function formatTable(rows: readonly TableRow[], format: TableFormat): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(rows, undefined, 2)}\n`;
    case 'csv':
      return csvTable(rows);
    case 'markdown':
      return eachMetric(rows, markdownTable);
    case 'latex':
      return eachMetric(rows, latexTable);
    case 'table':
      return eachMetric(rows, textTable);
  }
}

function eachMetric(
  rows: readonly TableRow[],
  tableOf: (rows: readonly TableRow[], columns: readonly TableColumn[]) => string,
): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const groups = metrics.length === 0 ? [rows] : metrics.map((metric) => rows.filter((row) => row.metric === metric));
  return groups.map((group) => tableOf(group, tableColumns(group))).join('\n');
}

/** A plain text table; methods of one data set and model stand together, their names written once. */
function textTable(rows: readonly TableRow[], columns: readonly TableColumn[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: { ...borderless, mid: '', 'top-mid': '', 'bottom-mid': '' },
  });
  let previous: readonly string[] = [];
  for (const row of rows) {
    const cells = columns.map((column) => column.text(row));
    const block = columns.findIndex(({ key }) => key === 'setting');
    const same = (index: number): boolean =>
      index < block && cells.slice(0, index + 1).every((cell, at) => cell === previous[at]);
    table.push(cells.map((cell, index) => (same(index) ? '' : cell)));
    previous = cells;
  }
  const [head = '', ...body] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const width = Math.max(head.length, ...body.map((line) => line.length));
  return `${[head, '─'.repeat(width), ...body].join('\n')}\n`;
}

const borderless = {
  top: '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

function markdownTable(rows: readonly TableRow[], columns: readonly TableColumn[]): string {
  const escape = (text: string): string => text.replaceAll('|', '\\|');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return `${[
    line(columns.map(({ title }) => escape(title))),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => escape(column.text(row))))),
  ].join('\n')}\n`;
}

function latexTable(rows: readonly TableRow[], columns: readonly TableColumn[]): string {
  const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(' & ')} \\\\`;
  return `${[
    `\\begin{tabular}{${columns.map(({ align }) => (align === 'right' ? 'r' : 'l')).join('')}}`,
    '\\hline',
    line(columns.map(({ title }) => title)),
    '\\hline',
    ...rows.map((row) => line(columns.map((column) => column.text(row)))),
    '\\hline',
    '\\end{tabular}',
  ].join('\n')}\n`;
}

const latexCharacters: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
};

function escapeLatex(text: string): string {
  return text.replace(/[\\~^<>]|[&%$#_{}]/g, (character) => latexCharacters[character] ?? `\\${character}`);
}

function csvTable(rows: readonly TableRow[]): string {
  const measures = [...new Set(rows.flatMap((row) => Object.keys(row.measures)))];
  const settings = [...new Set(rows.flatMap((row) => Object.keys(row.setting)))];
  // Only where some row has one: most tables keep the columns they always had.
  const divisors = rows.some(({ divisor }) => divisor !== undefined);
  const identity = [
    'runId',
    'runName',
    'dataset',
    'model',
    'method',
    'label',
    'engine',
    'explainedClass',
    'metric',
    'scoredClass',
  ] as const;
  const header = [
    ...identity,
    ...settings,
    ...(divisors ? ['divisor'] : []),
    'samples',
    'planned',
    'degenerate',
    ...measures.flatMap((name) => [name, `${name}Low`, `${name}High`]),
  ];
  const records = rows.map((row) => [
    ...identity.map((key) => row[key]),
    ...settings.map((key) => plain(row.setting[key])),
    ...(divisors ? [row.divisor] : []),
    row.samples,
    row.planned,
    row.degenerate,
    ...measures.flatMap((name) => {
      const measure = row.measures[name];
      return [measure?.value, measure?.interval?.low, measure?.interval?.high];
    }),
  ]);
  return stringify([header, ...records]);
}

function plain(value: unknown): string | number | undefined {
  if (value === undefined || typeof value === 'string' || typeof value === 'number') return value;
  return JSON.stringify(value);
}
