import { readFile, stat } from 'node:fs/promises';
import { didYouMean, XaigridError } from '@xaigrid/contracts';
import { fileFormat, sizeOf, whatItIs, type NumpyArray, type TextArray } from '@xaigrid/tensor';
import { z } from 'zod';
import type { DatasetKind } from '../dataset.js';
import { csvRows, type CsvRow } from './csv-table.js';
import { createFileDataset } from './file-dataset.js';
import { namedFiles } from './named-files.js';
import { arrayOptionsFor, arrayParameters, channelsFirst, pathSchema, withoutOpenLayout } from './parameters.js';
import { loadedSampleRows } from './sample-rows.js';

const KIND = 'csv';

const columnSchema = z.union([z.string().min(1), z.int().nonnegative()]);

const schema = z.strictObject({
  path: pathSchema.describe('The .csv file, with one line per sample.'),
  label: columnSchema
    .optional()
    .describe(
      'The column of the labels, by name or by position from 0; default the last column. Labels are whole numbers or names.',
    ),
  columns: z
    .array(columnSchema)
    .min(1)
    .optional()
    .describe('The columns of a sample, in this order; default all but the label. They hold numbers.'),
  header: z.boolean().default(true).describe('Whether the first line names the columns.'),
  delimiter: z.enum(['auto', 'comma', 'semicolon', 'tab']).default('auto').describe('The separator of the cells.'),
  shape: z
    .array(z.int().positive())
    .min(1)
    .optional()
    .describe('The shape of a sample made from the values of a line, in C order: [28, 28, 1]; default [columns].'),
  ...arrayParameters,
});
type CsvParameters = z.infer<typeof schema>;

const { locate, ...filesOf } = namedFiles<'path', CsvParameters>(['path'], withoutOpenLayout);

/** Tables of numbers with a column of labels. They are loaded when they are opened. Samples are `[columns]`, or `shape`. */
export const csvKind: DatasetKind<CsvParameters> = {
  kind: KIND,
  title: 'Table in a CSV file',
  summary: 'One line per sample, with its features in columns and its label in one of them.',
  params: schema,
  ...filesOf,
  channelsFirst,
  optionsFor(params, shapes) {
    const options = arrayOptionsFor(params, shapes);
    const { found, wanted } = shapes;
    if (options.length > 0 || params.addChannel || sizeOf(found) !== sizeOf(wanted)) return options;
    return [`shape: [${wanted.join(', ')}]`];
  },
  async open({ params, ...options }) {
    const { named, regionsFile } = await locate(options);
    const { path: file } = named;
    const { samples, featureNames, labels, labelsName } = readTable(await textOf(file.path, file.name), file.name, params);
    const { label, columns, header, delimiter, shape } = params;
    return createFileDataset({
      kind: KIND,
      found: {
        samples: loadedSampleRows(samples, file.name),
        samplesName: file.name,
        ...(params.header ? { featureNames } : {}),
        labels,
        labelsName,
      },
      params,
      decisive: { columns: JSON.stringify({ label, columns, header, delimiter, shape }) },
      hashes: [file.sha256],
      regionsFile,
    });
  },
};

/** 256 MiB. A larger table should be stored as .npy. */
const MAX_BYTES = 2 ** 28;

async function textOf(path: string, name: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_BYTES)
    throw broken(`${name} has ${Math.ceil(size / 2 ** 20)} MiB; at most ${MAX_BYTES / 2 ** 20} MiB are read. Save it as .npy`);
  const bytes = await readFile(path);
  const format = fileFormat(bytes);
  if (format !== undefined && format !== 'text') throw broken(`${name} is not a .csv file: ${whatItIs(bytes)}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw broken(`${name} is not a .csv file in UTF-8`, error);
  }
}

interface Table {
  readonly name: string;
  /** The names of the columns: from the header, or their positions. */
  readonly names: readonly string[];
}

interface ReadTable {
  readonly samples: NumpyArray;
  /** The names of the columns that form a sample. */
  readonly featureNames: readonly string[];
  readonly labels: NumpyArray | TextArray;
  readonly labelsName: string;
}

/** Reads numbers and labels line by line. The text of a cell is kept no longer than its line. */
function readTable(text: string, name: string, params: CsvParameters): ReadTable {
  const rows = csvRows(text, { name, delimiter: params.delimiter });
  const first = rows.next().value;
  if (first === undefined) throw broken(`${name} is empty`);
  const table = { name, names: namesOf(first, name, params.header) };
  const labelAt = params.label === undefined ? table.names.length - 1 : columnAt(table, params.label, 'label');
  const chosen =
    params.columns?.map((column) => columnAt(table, column, 'columns')) ??
    [...table.names.keys()].filter((position) => position !== labelAt);
  const lines = text.split('\n').length;
  const values = new Float32Array(lines * chosen.length);
  const labels: string[] = [];
  const known = new Map<string, string>();
  const take = ({ cells, line }: CsvRow): void => {
    chosen.forEach((position, column) => {
      values[labels.length * chosen.length + column] = numberIn(table, { cell: cells[position] ?? '', line, position });
    });
    const label = cells[labelAt] ?? '';
    // A substring would keep the whole text in memory.
    if (!known.has(label)) known.set(label, Buffer.from(label).toString());
    labels.push(known.get(label) ?? label);
  };
  if (!params.header) take(first);
  for (const row of rows) take(row);
  if (labels.length === 0) throw broken(`${name} has names of columns, but no samples`);
  return {
    samples: numbersArray(values.slice(0, labels.length * chosen.length), [
      labels.length,
      ...shapeOf(chosen.length, name, params),
    ]),
    featureNames: chosen.map((position) => table.names[position] ?? ''),
    labels: labelsIn(labels),
    labelsName: `${name} (column "${table.names[labelAt] ?? ''}")`,
  };
}

function namesOf({ cells }: CsvRow, name: string, header: boolean): readonly string[] {
  if (cells.length < 2) throw broken(`${name} has one column; a sample needs values and a label`);
  if (!header) return cells.map((_, position) => String(position));
  if (cells.every((cell) => isNumber(cell)))
    throw broken(
      `${name} has numbers in its first line, where names of columns are expected. Write header: false if it has none`,
    );
  return cells;
}

function shapeOf(values: number, name: string, { shape = [values] }: CsvParameters): readonly number[] {
  if (sizeOf(shape) === values) return shape;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${name} has ${values} values per sample, which do not make shape [${shape.join(', ')}]. Correct shape or columns.`,
  );
}

function columnAt({ name, names }: Table, column: string | number, what: string): number {
  const position = typeof column === 'number' ? column : names.indexOf(column);
  if (typeof column === 'string' && names.filter((other) => other === column).length > 1)
    throw broken(`${name} has more than one column "${column}"; name it in ${what} by its position from 0`);
  if (position >= 0 && position < names.length) return position;
  const meant = typeof column === 'string' ? didYouMean(column, names) : '';
  const shown = typeof column === 'string' ? `"${column}"` : String(column);
  throw broken(`${name} has no column ${shown} (${what})`, undefined, meant || ` Its columns: ${names.join(', ')}.`);
}

/** Whether a cell is a number. JavaScript also accepts an empty text and hexadecimal digits. */
function isNumber(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(cell);
}

function numberIn(
  { name, names }: Table,
  { cell, line, position }: { readonly cell: string; readonly line: number; readonly position: number },
): number {
  if (isNumber(cell)) return Number(cell);
  const found = cell === '' ? 'nothing' : `"${cell.slice(0, 40)}"`;
  throw broken(
    `${name} has ${found} in line ${line}, column "${names[position] ?? ''}", where a number is needed. Fill it in, or leave the column out with columns`,
  );
}

/** Whole numbers if all labels are, otherwise names. */
function labelsIn(labels: readonly string[]): NumpyArray | TextArray {
  return labels.every((label) => /^\d{1,7}(\.0*)?$/.test(label))
    ? numbersArray(Float32Array.from(labels, Number), [labels.length])
    : { shape: [labels.length], values: labels };
}

/** Whether this machine is little-endian: typed arrays use its byte order. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function numbersArray(values: Float32Array<ArrayBuffer>, shape: readonly number[]): NumpyArray {
  return { dtype: { kind: 'f', itemSize: 4, littleEndian }, shape, fortranOrder: false, bytes: new Uint8Array(values.buffer) };
}

function broken(problem: string, cause?: unknown, more = ''): XaigridError {
  return new XaigridError('DATASET_UNREADABLE', `${problem}.${more}`, { cause });
}
