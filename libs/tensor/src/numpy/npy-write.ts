import { writeFile } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';
import { tensorOf, type Tensor, type TypedArray } from '../tensor.js';

/** The data begin at a multiple of this, so that the file can be memory-mapped. */
const ALIGNMENT = 64;
const PREFIX_BYTES = 10;

/**
 * The bytes before the values in a .npy file of version 1.0, C order.
 * @param descr numpy's name of the element type, for example `<f4`.
 */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${String(shape[0])},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const dataOffset = Math.ceil((PREFIX_BYTES + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `\x93NUMPY\x01\x00\0\0${text.padEnd(dataOffset - PREFIX_BYTES - 1)}\n`;
  const bytes = Uint8Array.from(header, (character) => character.charCodeAt(0));
  new DataView(bytes.buffer).setUint16(8, dataOffset - PREFIX_BYTES, true);
  return bytes;
}

/**
 * The bytes of a .npy file of version 1.0, little-endian, in C order: float32, float64, int32 or uint8 as the tensor's data.
 * @throws SHAPE_MISMATCH when shape and data do not fit.
 */
export function encodeNpy(tensor: Tensor<TypedArray>): Uint8Array<ArrayBuffer> {
  const { shape, data } = tensorOf(tensor.data, tensor.shape);
  const header = npyHeader(descrOf(data), shape);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    const offset = header.length + i * data.BYTES_PER_ELEMENT;
    const value = data[i] ?? 0;
    if (data instanceof Float32Array) view.setFloat32(offset, value, true);
    else if (data instanceof Float64Array) view.setFloat64(offset, value, true);
    else if (data instanceof Int32Array) view.setInt32(offset, value, true);
    else view.setUint8(offset, value);
  }
  return bytes;
}

/**
 * Writes a .npy file, as `encodeNpy` encodes it.
 * @throws FOLDER_UNWRITABLE when the file cannot be written, SHAPE_MISMATCH as `encodeNpy`.
 */
export async function writeNpy(path: string, tensor: Tensor<TypedArray>): Promise<void> {
  const bytes = encodeNpy(tensor);
  try {
    await writeFile(path, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('FOLDER_UNWRITABLE', `${path} cannot be written: ${reason}.`, { cause: error });
  }
}

function descrOf(data: TypedArray): string {
  if (data instanceof Float32Array) return '<f4';
  if (data instanceof Float64Array) return '<f8';
  return data instanceof Int32Array ? '<i4' : '|u1';
}
