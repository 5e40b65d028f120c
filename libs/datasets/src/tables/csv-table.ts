import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse, type Info } from 'csv-parse';
import { z } from 'zod';
import { tableProblem, type Table, type TableRow } from './table.js';

/** Delimiters of cells. `auto` takes the one that occurs most often in the first line. */
const delimiters = { comma: ',', semicolon: ';', tab: '\t' } as const;
type Delimiter = keyof typeof delimiters;

export interface CsvOptions {
  /** Of the file, in messages. */
  readonly name: string;
  readonly delimiter: Delimiter | 'auto';
  /** Whether the first line names the columns. */
  readonly header: boolean;
}

const recordSchema = z.object({ record: z.array(z.string()), info: z.custom<Info>() });

/** The first line is looked for in so many bytes. */
const FIRST_BYTES = 1 << 16;

/**
 * Opens comma-separated values (RFC 4180). Cells may be quoted with `"`; then they may contain delimiters, line ends and doubled
 * quotes. Empty lines are skipped. Cells lose the spaces around them.
 * @throws DATASET_UNREADABLE for an empty file, a quote that does not end, and rows of different lengths
 */
export async function openCsvTable(path: string, options: CsvOptions): Promise<Table> {
  const { name, header } = options;
  const delimiter = options.delimiter === 'auto' ? likelyDelimiter(await firstLine(path)) : options.delimiter;
  const read = () => readRows(path, { name, delimiter });
  const beginning = read();
  const { value: first } = await beginning.next();
  await beginning.return();
  if (first === undefined) throw tableProblem(`${name} is empty`);
  const columns = header ? first.cells : first.cells.map((_, position) => String(position));
  return {
    name,
    columns,
    async *rows(positions, { start, end } = { start: 0, end: Infinity }) {
      let index = header ? -1 : 0;
      for await (const { line, cells } of read()) {
        if (index >= end) return;
        if (index >= start) yield { place: `line ${line}`, index, cells: positions.map((at) => cells[at]) } satisfies TableRow;
        index += 1;
      }
    },
  };
}

interface Row {
  /** The line where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

async function* readRows(
  path: string,
  { name, delimiter }: { readonly name: string; readonly delimiter: Delimiter },
): AsyncGenerator<Row, void, undefined> {
  const parser = parse({ bom: true, trim: true, info: true, skip_empty_lines: true, delimiter: delimiters[delimiter] });
  const file = createReadStream(path);
  file.once('error', (error) => parser.destroy(error));
  file.pipe(parser);
  /** The last line that was read whole. */
  let last = 0;
  let first: Row | undefined;
  try {
    for await (const found of parser) {
      const { record, info } = recordSchema.parse(found);
      const row = { line: info.lines - newlinesIn(record), cells: record };
      first ??= row;
      last = info.lines;
      yield row;
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw tableProblem(problemOf(error, { name, delimiter, next: last + 1, first }), { cause: error });
  } finally {
    file.destroy();
    parser.destroy();
  }
}

function problemOf(
  error: CsvError,
  {
    name,
    delimiter,
    next,
    first,
  }: { readonly name: string; readonly delimiter: Delimiter; readonly next: number; readonly first: Row | undefined },
): string {
  const { success, data } = z
    .object({ lines: z.int(), record: z.array(z.string()) })
    .safeParse(Object.fromEntries(Object.entries(error)));
  if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && success && first !== undefined)
    return `${name} has ${data.record.length} cells in line ${data.lines} and ${first.cells.length} in line ${first.line}, separated by ${delimiter}. Correct the line, or set delimiter: ${Object.keys(delimiters).join(', ')}`;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return `${name} has a quote in line ${next} that does not end`;
  if (error.code.startsWith('CSV_') && error.message.includes('quote'))
    return `${name} has text behind a closing quote in line ${next}`;
  return `${name} cannot be read from line ${next} on: ${error.message}`;
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead).split('\n', 1)[0] ?? '';
  } finally {
    await file.close();
  }
}

function likelyDelimiter(first: string): Delimiter {
  const count = (delimiter: Delimiter): number => first.split(delimiters[delimiter]).length;
  const candidates: readonly Delimiter[] = ['comma', 'semicolon', 'tab'];
  return candidates.reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best));
}

function newlinesIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
}
