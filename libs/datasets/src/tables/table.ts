import { didYouMean, XaigridError } from '@xaigrid/contracts';

/** A value of a cell as its file has it. Files of text have text only. */
export type Cell = string | number | bigint | boolean | Uint8Array | object | null | undefined;

export interface TableRow {
  /** Where it is, in messages: `line 12`, `row 11`. */
  readonly place: string;
  /** From 0, without the header. */
  readonly index: number;
  /** One per column that was asked for. */
  readonly cells: readonly Cell[];
}

/** A table in a file. */
export interface Table {
  /** Of the file, in messages. */
  readonly name: string;
  /** The names of its columns; of a file without them, their positions from 0. */
  readonly columns: readonly string[];
  /** The rows that are read at once, as [first, after the last]: the row groups of a Parquet file. Absent for files of text. */
  readonly pieces?: readonly (readonly [number, number])[];
  /** The names of the classes of a column, where the file says them, as the library datasets of Hugging Face writes it. */
  classNames?(position: number): readonly string[] | undefined;
  /**
   * The rows from first to last, read piece by piece.
   * @param positions of the columns that are wanted
   * @param range default: all rows
   * @throws DATASET_UNREADABLE for a row that cannot be understood
   */
  rows(positions: readonly number[], range?: { readonly start: number; readonly end: number }): AsyncGenerator<TableRow>;
}

/** A column as a spec names it: by name, or by position from 0. */
export type ColumnName = string | number;

/**
 * The position of a column.
 * @param what the parameter that names it, in messages
 * @throws DATASET_UNREADABLE if there is no such column, or more than one
 */
export function columnAt({ name, columns }: Pick<Table, 'name' | 'columns'>, column: ColumnName, what: string): number {
  const position = typeof column === 'number' ? column : columns.indexOf(column);
  if (typeof column === 'string' && columns.filter((other) => other === column).length > 1)
    throw tableProblem(`${name} has more than one column "${column}"; name it in ${what} by its position from 0`);
  if (position >= 0 && position < columns.length) return position;
  const meant = typeof column === 'string' ? didYouMean(column, columns) : '';
  const shown = typeof column === 'string' ? `"${column}"` : String(column);
  throw tableProblem(`${name} has no column ${shown} (${what})`, { more: meant || ` Its columns: ${columns.join(', ')}.` });
}

/** The text of a cell, without the spaces around it; empty where there is none. */
export function textOf(cell: Cell): string {
  if (typeof cell === 'string') return cell.trim();
  if (typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean') return String(cell);
  return '';
}

/** DATASET_UNREADABLE in one sentence, and what to do after it. */
export function tableProblem(problem: string, { cause, more = '' }: { readonly cause?: unknown; readonly more?: string } = {}) {
  return new XaigridError('DATASET_UNREADABLE', `${problem}.${more}`, { cause });
}
