import type { TidyTable, TidyType, TidyValue } from '@xaigrid/report';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

/** Rows of a row group; with the 21 columns of scores some 20 MB while it is encoded. */
const ROWS_A_GROUP = 50_000;

/** Values of lists in a row group, whatever the number of its rows. */
const LIST_VALUES_A_GROUP = 1 << 20;

/**
 * A tidy table as the pieces of a Parquet file, one row group at a time: memory does not grow with the rows. Compressed by
 * Snappy.
 * @param rowsAGroup for tests
 */
export async function* parquetPieces<Row>(
  { columns }: TidyTable<Row>,
  rows: AsyncIterable<Row> | Iterable<Row>,
  rowsAGroup = ROWS_A_GROUP,
): AsyncIterable<Uint8Array> {
  const bytes = new ByteWriter();
  const schema = [
    { name: 'root', num_children: columns.length },
    ...columns.flatMap(({ name, type }) => elementsOf(name, type)),
  ] satisfies SchemaElement[];
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'xaigrid' });
  let group = columns.map((): (TidyValue | null)[] => []);
  let listed = 0;

  const encoded = (): void => {
    const columnData = columns.map(({ name }, at) => ({ name, data: group[at] ?? [], offsetIndex: false }));
    void writer.write({ columnData, rowGroupSize: rowsAGroup });
    group = columns.map(() => []);
    listed = 0;
  };
  for await (const row of rows) {
    for (const [at, { of }] of columns.entries()) {
      const value = of(row);
      group[at]?.push(value ?? null);
      if (Array.isArray(value)) listed += value.length;
    }
    if ((group[0]?.length ?? 0) < rowsAGroup && listed < LIST_VALUES_A_GROUP) continue;
    encoded();
    yield taken(bytes);
  }
  if ((group[0]?.length ?? 0) > 0) encoded();
  void writer.finish();
  yield taken(bytes);
}

/** The bytes since the last call. The writer then begins again at the front of its buffer, and keeps the offset in the file. */
function taken(bytes: ByteWriter): Uint8Array {
  const piece = bytes.getBytes().slice();
  bytes.index = 0;
  return piece;
}

const integer = { type: 'INT32' } as const;

function elementsOf(name: string, type: TidyType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  switch (type) {
    case 'text':
      return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
    case 'integer':
      return [{ ...optional, ...integer }];
    case 'number':
      return [{ ...optional, type: 'DOUBLE' }];
    case 'truth':
      return [{ ...optional, type: 'BOOLEAN' }];
    case 'integers':
      return listElements(optional, integer);
    case 'floats':
      return listElements(optional, { type: 'FLOAT' });
  }
}

/** Three levels, as the format's specification wants lists. */
function listElements(
  list: Pick<SchemaElement, 'name' | 'repetition_type'>,
  element: Pick<SchemaElement, 'type'>,
): SchemaElement[] {
  return [
    { ...list, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...element },
  ];
}
