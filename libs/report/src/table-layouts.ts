import Table from 'cli-table3';
import { stringify } from 'csv-stringify/sync';

/** A table whose cells are texts already. */
export interface TableTexts {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
  /** In plain text, cells of so many first columns are left empty where they and those before say the same as in the line above. */
  readonly block?: number;
}

/** A table for a terminal. */
function textTable({ columns, rows, block = 0 }: TableTexts): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: { ...borderless, mid: '', 'top-mid': '', 'bottom-mid': '' },
  });
  let previous: readonly string[] = [];
  for (const cells of rows) {
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

function markdownTable({ columns, rows }: TableTexts): string {
  const escape = (text: string): string => text.replaceAll('|', '\\|');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return `${[
    line(columns.map(({ title }) => escape(title))),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map(escape))),
  ].join('\n')}\n`;
}

function latexTable({ columns, rows }: TableTexts): string {
  const line = (cells: readonly string[]): string => `${cells.map(escapeLatex).join(' & ')} \\\\`;
  return `${[
    `\\begin{tabular}{${columns.map(({ align }) => (align === 'right' ? 'r' : 'l')).join('')}}`,
    '\\hline',
    line(columns.map(({ title }) => title)),
    '\\hline',
    ...rows.map(line),
    '\\hline',
    '\\end{tabular}',
  ].join('\n')}\n`;
}

/** Comma-separated values, numbers in full, nothing for undefined ones. */
export function csvTable(header: readonly string[], records: readonly (readonly (string | number | undefined)[])[]): string {
  return stringify([header, ...records]);
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

/** Tables for people, by the name of their format. */
export const tableLayouts = { table: textTable, markdown: markdownTable, latex: latexTable };
