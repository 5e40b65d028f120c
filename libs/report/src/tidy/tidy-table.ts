/** What a value of a column is; text in JSON where a description says so. Every value may be absent. */
export type TidyType = 'text' | 'integer' | 'number' | 'truth' | 'integers' | 'floats';

export type TidyValue = string | number | boolean | readonly number[] | undefined;

/** One column of a tidy table: its name, which never changes, its type, and its value in a row. */
export interface TidyColumn<Row> {
  readonly name: string;
  readonly type: TidyType;
  readonly of: (row: Row) => TidyValue;
}

/**
 * A table in which each row is one observation and each column one variable. It has the same columns whatever was run, so that
 * tables of several runs can be put below each other.
 */
export interface TidyTable<Row> {
  readonly name: string;
  readonly columns: readonly TidyColumn<Row>[];
}
