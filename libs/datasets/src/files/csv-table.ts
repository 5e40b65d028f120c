import { XaigridError } from '@xaigrid/contracts';

/** Delimiters of cells. `auto` takes the one that occurs most often in the first line. */
const delimiters = { comma: ',', semicolon: ';', tab: '\t' } as const;
type Delimiter = keyof typeof delimiters;

export interface CsvRow {
  /** The line where the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads comma-separated values (RFC 4180), row by row. Cells may be quoted with `"`; then they may contain delimiters, line ends
 * and doubled quotes. Lines end in LF or CRLF. Empty lines are skipped. Unquoted cells lose the spaces around them.
 * @throws DATASET_UNREADABLE for a quote that does not end, and for rows of different lengths.
 */
export function* csvRows(
  text: string,
  options: { readonly name: string; readonly delimiter: Delimiter | 'auto' },
): Generator<CsvRow, void, undefined> {
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const delimiter = options.delimiter === 'auto' ? likelyDelimiter(content) : options.delimiter;
  let first: CsvRow | undefined;
  for (const row of readRows(content, delimiters[delimiter], options.name)) {
    first ??= row;
    if (row.cells.length !== first.cells.length) {
      throw new XaigridError(
        'DATASET_UNREADABLE',
        `${options.name} has ${row.cells.length} cells in line ${row.line} and ${first.cells.length} in line ${first.line}, separated by ${delimiter}. Correct the line, or set delimiter: ${Object.keys(delimiters).join(', ')}.`,
      );
    }
    yield row;
  }
}

function likelyDelimiter(text: string): Delimiter {
  const [first = ''] = text.split('\n', 1);
  const count = (delimiter: Delimiter): number => first.split(delimiters[delimiter]).length;
  const candidates: readonly Delimiter[] = ['comma', 'semicolon', 'tab'];
  return candidates.reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best));
}

/** A cell, and what it ended at: a delimiter, a line end, or the end of the text. */
interface Cell {
  readonly text: string;
  readonly end: number;
}

function* readRows(text: string, delimiter: string, name: string): Generator<CsvRow, void, undefined> {
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const begins = line;
    const cells: string[] = [];
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at, { delimiter, name, line }) : plainCell(text, at, delimiter);
      line += newlinesIn(text, at, cell.end);
      cells.push(cell.text);
      at = cell.end + 1;
      if (text[cell.end] !== delimiter) break;
    }
    line += 1;
    if (cells.length > 1 || cells[0] !== '') yield { line: begins, cells };
  }
}

function plainCell(text: string, start: number, delimiter: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1;
  return { text: text.slice(start, end).trim(), end };
}

function quotedCell(
  text: string,
  start: number,
  { delimiter, name, line }: { readonly delimiter: string; readonly name: string; readonly line: number },
): Cell {
  let content = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new XaigridError('DATASET_UNREADABLE', `${name} has a quote in line ${line} that does not end.`);
    content += text.slice(from, quote);
    from = quote + 2;
    if (text[quote + 1] === '"') {
      content += '"';
      continue;
    }
    const rest = plainCell(text, quote + 1, delimiter);
    if (rest.text === '') return { text: content, end: rest.end };
    throw new XaigridError('DATASET_UNREADABLE', `${name} has text behind a closing quote in line ${line}.`);
  }
}

function newlinesIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
