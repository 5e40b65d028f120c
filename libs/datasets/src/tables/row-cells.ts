import type { Cell, Table } from './table.js';

/**
 * Reads single cells of a column, piece by piece of the file: the last piece stays in memory. For columns of images, of which a
 * row group has some hundred.
 */
export function createCellReader(table: Table, position: number): (row: number) => Promise<Cell> {
  let last: { readonly start: number; readonly end: number; readonly cells: Promise<Cell[]> } | undefined;
  return async (row) => {
    if (last === undefined || row < last.start || row >= last.end) {
      const [start, end] = table.pieces?.find(([from, to]) => row >= from && row < to) ?? [row, row + 1];
      last = { start, end, cells: cellsOf(table, position, { start, end }) };
    }
    const { start, cells } = last;
    return (await cells)[row - start];
  };
}

async function cellsOf(table: Table, position: number, range: { readonly start: number; readonly end: number }): Promise<Cell[]> {
  const cells: Cell[] = [];
  for await (const {
    cells: [cell],
  } of table.rows([position], range))
    cells.push(cell);
  return cells;
}
