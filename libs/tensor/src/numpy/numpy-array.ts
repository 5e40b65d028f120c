import { elementReader, type Dtype } from './dtype.js';
import { unreadable, type ReadOptions } from './reading.js';
import { sizeOf, type Tensor } from '../tensor.js';

/** A numpy array as it was stored: its bytes, and how to read them. */
export interface NumpyArray {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** True: the first axis varies fastest in `bytes`. */
  readonly fortranOrder: boolean;
  readonly bytes: Uint8Array;
}

/** The values as float32, in C order. They are rounded as `astype('float32')` rounds them. */
export function float32Of(array: NumpyArray): Tensor {
  const data = new Float32Array(sizeOf(array.shape));
  fill(array, data);
  return { shape: array.shape, data };
}

/** The values as float64, in C order. 64-bit integers beyond 2⁵³ are rounded. */
export function float64Of(array: NumpyArray): Tensor<Float64Array<ArrayBuffer>> {
  const data = new Float64Array(sizeOf(array.shape));
  fill(array, data);
  return { shape: array.shape, data };
}

/**
 * The values as int32, in C order.
 * @throws the caller's code if a value is not a whole number that int32 can hold.
 */
export function int32Of(array: NumpyArray, options: ReadOptions): Tensor<Int32Array<ArrayBuffer>> {
  const exact = float64Of(array).data;
  const data = new Int32Array(exact.length);
  for (const [i, value] of exact.entries()) {
    data[i] = value;
    if (data[i] !== value) throw unreadable(options, `has ${value} at position ${i}, where a whole number is needed`);
  }
  return { shape: array.shape, data };
}

function fill(array: NumpyArray, target: Float32Array | Float64Array): void {
  const read = elementReader(array.dtype, array.bytes);
  const { itemSize } = array.dtype;
  const { shape } = array;
  if (!array.fortranOrder || shape.length < 2) {
    for (let i = 0; i < target.length; i++) target[i] = read(i * itemSize);
    return;
  }
  // Walks the target in C order (last axis fastest) and follows the source with the strides of Fortran order.
  const strides: number[] = [];
  let stride = itemSize;
  for (const extent of shape) {
    strides.push(stride);
    stride *= extent;
  }
  const index = new Int32Array(shape.length);
  let offset = 0;
  for (let i = 0; i < target.length; i++) {
    target[i] = read(offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const position = (index[axis] ?? 0) + 1;
      offset += strides[axis] ?? 0;
      if (position < (shape[axis] ?? 0)) {
        index[axis] = position;
        break;
      }
      index[axis] = 0;
      offset -= position * (strides[axis] ?? 0);
    }
  }
}

/** Tells an array from the other values of a pickle. */
export function isNumpyArray(value: unknown): value is NumpyArray {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'bytes' in value;
}
