import { XaigridError } from '@xaigrid/contracts';

/** The typed arrays that a tensor may hold. */
export type TypedArray =
  Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A dense array in C order: the last axis varies fastest. */
export interface Tensor<Data extends TypedArray = Float32Array<ArrayBuffer>> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** The number of values a shape holds; 1 for a scalar's `[]`. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/**
 * Wraps `data` without copying.
 * @throws SHAPE_MISMATCH when the shape does not hold exactly `data.length` values.
 */
export function tensorOf<Data extends TypedArray>(data: Data, shape: readonly number[]): Tensor<Data> {
  if (sizeOf(shape) !== data.length) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `A tensor of shape [${shape.join(', ')}] needs ${String(sizeOf(shape))} values, not ${String(data.length)}.`,
    );
  }
  return { shape, data };
}

/** A view of rows `start` … `end − 1` along the first axis; shares the data. */
export function rowsOf(tensor: Tensor, start: number, end: number): Tensor {
  const [rows = 0, ...rest] = tensor.shape;
  const stride = sizeOf(rest);
  const stop = Math.min(end, rows);
  return { shape: [stop - start, ...rest], data: tensor.data.subarray(start * stride, stop * stride) };
}

/** The given rows along the first axis, in the given order. A view if the rows follow each other, otherwise a copy. */
export function takeRows(tensor: Tensor, rows: Int32Array<ArrayBuffer>): Tensor {
  const first = rows[0] ?? 0;
  if (rows.every((row, index) => row === first + index)) return rowsOf(tensor, first, first + rows.length);
  const rowShape = tensor.shape.slice(1);
  const stride = sizeOf(rowShape);
  const data = new Float32Array(rows.length * stride);
  rows.forEach((row, index) => data.set(tensor.data.subarray(row * stride, (row + 1) * stride), index * stride));
  return { shape: [rows.length, ...rowShape], data };
}
