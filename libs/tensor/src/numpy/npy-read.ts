import { readFile, stat } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';
import { parseNpyHeader } from './npy-header.js';
import type { NumpyArray } from './numpy-array.js';
import { checkSize, fileProblem, unreadable, type ReadOptions } from './reading.js';

/**
 * Reads the bytes of a .npy file. The array shares them. Bytes after the data are ignored, as numpy ignores them.
 * @throws the caller's code if they are not a .npy file, are truncated or too large, or hold anything but real numbers.
 */
export function parseNpy(bytes: Uint8Array, options: ReadOptions): NumpyArray {
  const { dtype, shape, fortranOrder, dataOffset, dataBytes } = parseNpyHeader(bytes, options);
  checkSize(dataBytes, options);
  checkDataPresent(bytes.length - dataOffset, { shape, dataBytes }, options);
  return { dtype, shape, fortranOrder, bytes: bytes.subarray(dataOffset, dataOffset + dataBytes) };
}

/** @throws the caller's code if there are fewer bytes than the shape needs. */
export function checkDataPresent(
  present: number,
  { shape, dataBytes }: { readonly shape: readonly number[]; readonly dataBytes: number },
  options: ReadOptions,
): void {
  if (present >= dataBytes) return;
  throw unreadable(
    options,
    `is truncated: its shape [${shape.join(', ')}] needs ${dataBytes} bytes of data and ${Math.max(0, present)} are there`,
  );
}

/** Reads a whole .npy file. @throws as `parseNpy`, and when the file cannot be read. */
export async function readNpy(path: string, options: ReadOptions): Promise<NumpyArray> {
  return parseNpy(await readBounded(path, options), options);
}

/** Reads a whole file. A file larger than `maxBytes` and a header is refused before it is read. */
export async function readBounded(path: string, options: ReadOptions): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    checkSize(size - 65_536, options);
    return await readFile(path);
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    throw unreadable(options, fileProblem(error), error);
  }
}
