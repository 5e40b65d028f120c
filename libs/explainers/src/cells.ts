import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';

/** A box of positions: `start` … `start + extent − 1` along each axis. */
export interface Box {
  readonly start: readonly number[];
  readonly extent: readonly number[];
}

/**
 * Boxes of one size, a stride apart along each axis; the last ones are cut off at the border, and there are as many as it takes
 * to cover every position.
 * @param positions extents of the input without channels: `[40]`, `[224, 224]`
 */
export function boxesOver(positions: readonly number[], box: readonly number[], stride: readonly number[]): Box[] {
  return positions.reduce<Box[]>(
    (boxes, length, axis) => {
      const [size, step] = [box[axis] ?? 1, stride[axis] ?? 1];
      const count = 1 + Math.max(0, Math.ceil((length - size) / step));
      return boxes.flatMap(({ start, extent }) =>
        Array.from({ length: count }, (_, at) => ({
          start: [...start, at * step],
          extent: [...extent, Math.min(size, length - at * step)],
        })),
      );
    },
    [{ start: [], extent: [] }],
  );
}

/** The box's positions as runs along the last axis: `[first, length]` in the order of the values of a map. */
export function runsOf({ start, extent }: Box, positions: readonly number[]): (readonly [first: number, length: number])[] {
  const length = extent.at(-1) ?? 0;
  const rows = sizeOf(extent.slice(0, -1));
  return Array.from({ length: rows }, (_, row) => {
    let first = 0;
    let rest = row;
    let stride = positions.at(-1) ?? 1;
    first += start.at(-1) ?? 0;
    for (let axis = positions.length - 2; axis >= 0; axis--) {
      const size = extent[axis] ?? 1;
      first += ((start[axis] ?? 0) + (rest % size)) * stride;
      rest = Math.floor(rest / size);
      stride *= positions[axis] ?? 1;
    }
    return [first, length] as const;
  });
}

/** @throws SHAPE_MISMATCH for numbers of cells that do not fit the positions, one number for each axis */
export function assertCellsFit(method: string, cells: readonly number[], positions: readonly number[]): void {
  if (cells.length === positions.length && cells.every((count, axis) => count <= (positions[axis] ?? 0))) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${method}: cells of [${cells.join(', ')}] do not fit positions of [${positions.join(', ')}]. Give one number for each axis, at most its length.`,
  );
}
