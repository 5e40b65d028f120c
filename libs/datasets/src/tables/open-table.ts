import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { openCsvTable, type CsvOptions } from './csv-table.js';
import { openJsonLinesTable } from './json-lines-table.js';
import { openParquetTable } from './parquet-table.js';
import { tableProblem, type Table } from './table.js';

type Options = Pick<CsvOptions, 'name' | 'delimiter'>;

const openCsv = (path: string, options: Options): Promise<Table> => openCsvTable(path, { ...options, header: true });

/** What opens a table, by its extension. */
const openers: Readonly<Record<string, (path: string, options: Options) => Promise<Table>>> = {
  '.csv': openCsv,
  '.tsv': (path, { name }) => openCsv(path, { name, delimiter: 'tab' }),
  '.jsonl': openJsonLinesTable,
  '.ndjson': openJsonLinesTable,
  '.parquet': openParquetTable,
  '.pq': openParquetTable,
};

/**
 * Opens a table; the extension of its name says what it is.
 * @throws DATASET_UNREADABLE if it cannot be read, or has another extension
 */
export async function openTable(path: string, options: Options): Promise<Table> {
  const { name } = options;
  const open = openers[extname(name).toLowerCase()];
  if (open === undefined)
    throw tableProblem(`${name} has no extension of a table (${Object.keys(openers).join(', ')}). Rename it`);
  const status = await stat(path).catch((error: unknown) => {
    throw tableProblem(`${path} cannot be read: it does not exist. Check the path in the spec`, { cause: error });
  });
  if (!status.isFile()) throw tableProblem(`${path} is no file. Name a table in the spec`);
  return open(path, options);
}
