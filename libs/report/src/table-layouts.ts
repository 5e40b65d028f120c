import { stripVTControlCharacters } from 'node:util';
import { latexTable, markdownTable } from '@xaigrid/contracts';
import Table from 'cli-table3';
import { stringify } from 'csv-stringify/sync';
import { fitTable } from './fit-table.js';
import type { TableTexts } from './table-texts.js';

/** How tables are shown on a terminal. */
export interface TextStyle {
  /** Characters per line; absent: as many as needed, as in a file. */
  readonly width?: number | undefined;
  /** Marks the best cells, for example by a colour. */
  readonly emphasise?: ((text: string) => string) | undefined;
  /** The option that shows what is left out. Default: `--format csv`. */
  readonly elsewhere?: string | undefined;
}

/** A table for a terminal. */
function textTable(whole: TableTexts, { width, emphasise, elsewhere }: TextStyle = {}): string {
  const { table, notes } = width === undefined ? { table: whole, notes: [] } : fitTable(whole, width, elsewhere);
  return [alignedText(table, emphasise), ...notes.map((note) => `${note}\n`)].join('');
}

function alignedText({ columns, rows, best, sections, block = 0 }: TableTexts, emphasise?: (text: string) => string): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: { ...borderless, mid: '', 'top-mid': '', 'bottom-mid': '' },
  });
  let previous: readonly string[] = [];
  const shown = (text: string, row: number, column: number): string =>
    emphasise !== undefined && best?.[row]?.[column] === true ? emphasise(text) : text;
  for (const [at, cells] of rows.entries()) {
    const same = (index: number): boolean =>
      index < block &&
      sections?.[at] === sections?.[at - 1] &&
      cells.slice(0, index + 1).every((cell, column) => cell === previous[column]);
    table.push(cells.map((cell, index) => (same(index) ? '' : shown(cell, at, index))));
    previous = cells;
  }
  const [head = '', ...body] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const width = Math.max(...[head, ...body].map((line) => stripVTControlCharacters(line).length));
  const below = body.flatMap((line, at) => {
    const section = sections?.[at];
    return section === undefined || section === sections?.[at - 1] ? [line] : [section, line];
  });
  return `${[head, '─'.repeat(width), ...below].join('\n')}\n`;
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

/** Comma-separated values with numbers in full; undefined values are empty. */
export function csvTable(header: readonly string[], records: readonly (readonly (string | number | undefined)[])[]): string {
  return stringify([header, ...records]);
}

/** Tables for people, by the name of their format. */
export const tableLayouts = { table: textTable, markdown: markdownTable, latex: latexTable };
