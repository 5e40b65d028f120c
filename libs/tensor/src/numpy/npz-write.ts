import { zipSync } from 'fflate';
import type { Tensor, TypedArray } from '../tensor.js';
import { encodeNpy } from './npy-write.js';

/** The earliest time that a zip archive can hold. With a fixed time, the same arrays give the same bytes. */
const EARLIEST = new Date(1980, 0, 1);

/** The bytes of a .npz archive as `numpy.savez` writes it: a .npy file per array, not compressed. */
export function encodeNpz(arrays: Readonly<Record<string, Tensor<TypedArray>>>): Uint8Array<ArrayBuffer> {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: EARLIEST });
}
