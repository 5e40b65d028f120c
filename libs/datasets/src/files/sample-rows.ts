import { XaigridError } from '@xaigrid/contracts';
import { firstNotFinite, float32Of, type NpyRows, type NumpyArray, type Tensor } from '@xaigrid/tensor';

/** An array whose rows can be read, from memory or from a file. */
export interface SampleRows {
  readonly shape: readonly number[];
  /** Rows `start` … `end − 1` as float32. */
  read(start: number, end: number): Promise<Tensor>;
  close(): Promise<void>;
}

/**
 * Rows from a file.
 * @param name of the file (and array) in messages.
 */
export function storedSampleRows(rows: NpyRows, name: string): SampleRows {
  return {
    shape: rows.shape,
    read: async (start, end) => checked(float32Of(await rows.read(start, end)), start, name),
    close: () => rows.close(),
  };
}

/** Rows in memory. The array is converted once, and its own bytes are not kept. */
export function loadedSampleRows(array: NumpyArray, name: string): SampleRows {
  const { data } = checked(float32Of(array), 0, name);
  const [size = 0, ...rest] = array.shape;
  const stride = size === 0 ? 0 : data.length / size;
  return {
    shape: array.shape,
    // A copy, so that callers may transfer or overwrite it.
    read: (start, end) => Promise.resolve({ shape: [end - start, ...rest], data: data.slice(start * stride, end * stride) }),
    close: () => Promise.resolve(),
  };
}

/** @throws DATASET_UNREADABLE if a value is NaN, infinite or too large for float32: no model can be evaluated on it. */
function checked(tensor: Tensor, start: number, name: string): Tensor {
  const at = firstNotFinite(tensor.data);
  if (at < 0) return tensor;
  const sample = start + Math.floor(at / (tensor.data.length / (tensor.shape[0] ?? 1)));
  throw new XaigridError('DATASET_UNREADABLE', `${name} has a value at sample ${sample} that is not a finite float32 number.`);
}
