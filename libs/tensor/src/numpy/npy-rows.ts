import { open, type FileHandle } from 'node:fs/promises';
import { npyDataOffset, parseNpyHeader, type NpyHeader } from './npy-header.js';
import { checkDataPresent, parseNpy } from './npy-read.js';
import type { NumpyArray } from './numpy-array.js';
import { checkSize, fileProblem, unreadable, type ReadOptions } from './reading.js';

/** A .npy file whose rows (first axis) are read on demand. */
export interface NpyRows {
  readonly shape: readonly number[];
  readonly dtype: NumpyArray['dtype'];
  /** Reads rows `start` … `end − 1`, as `[end − start, ...]`. */
  read(start: number, end: number): Promise<NumpyArray>;
  close(): Promise<void>;
}

/**
 * Opens a .npy file with at least one axis. A `read` takes no more memory than its rows. The exception is a file in Fortran
 * order: its rows are scattered, so the file is loaded whole, if it fits in `maxBytes`.
 * @throws the caller's code if the file is missing, malformed, or shorter than its header says.
 */
export async function openNpyRows(path: string, options: ReadOptions): Promise<NpyRows> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw unreadable(options, fileProblem(error), error);
  }
  try {
    const header = await readHeader(file, options);
    if (header.shape.length === 0) throw unreadable(options, 'holds a single number, not rows');
    return header.fortranOrder && header.shape.length > 1
      ? await loadedRows(file, header, options)
      : storedRows(file, header, options);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Enough bytes to find where the data begin, and to recognise a file that is no .npy file. */
const START_BYTES = 512;

async function readHeader(file: FileHandle, options: ReadOptions): Promise<NpyHeader> {
  const dataOffset = npyDataOffset(await readAt(file, 0, START_BYTES, options), options);
  const header = parseNpyHeader(await readAt(file, 0, dataOffset, options), options);
  checkDataPresent((await file.stat()).size - dataOffset, header, options);
  return header;
}

function storedRows(file: FileHandle, header: NpyHeader, options: ReadOptions): NpyRows {
  const { shape, dtype } = header;
  const [rows = 0, ...rest] = shape;
  const rowBytes = rows === 0 ? 0 : header.dataBytes / rows;
  return {
    shape,
    dtype,
    async read(start, end) {
      checkRows(start, end, rows);
      const length = (end - start) * rowBytes;
      checkSize(length, options);
      const bytes = await readAt(file, header.dataOffset + start * rowBytes, length, options);
      if (bytes.length < length) throw unreadable(options, 'became shorter while it was read');
      return { dtype, shape: [end - start, ...rest], fortranOrder: false, bytes };
    },
    close: () => file.close(),
  };
}

async function loadedRows(file: FileHandle, header: NpyHeader, options: ReadOptions): Promise<NpyRows> {
  checkSize(header.dataBytes, options);
  const whole = parseNpy(await readAt(file, 0, header.dataOffset + header.dataBytes, options), options);
  await file.close();
  const { dtype, shape } = whole;
  const [rows = 0, ...rest] = shape;
  const columns = rows === 0 ? 0 : header.dataBytes / dtype.itemSize / rows;
  return {
    shape,
    dtype,
    read(start, end) {
      checkRows(start, end, rows);
      const taken = end - start;
      const bytes = new Uint8Array(taken * columns * dtype.itemSize);
      // In Fortran order each column is contiguous: the wanted rows are a piece of every column.
      for (let column = 0; column < columns; column++) {
        const from = (column * rows + start) * dtype.itemSize;
        bytes.set(whole.bytes.subarray(from, from + taken * dtype.itemSize), column * taken * dtype.itemSize);
      }
      return Promise.resolve({ dtype, shape: [taken, ...rest], fortranOrder: true, bytes });
    },
    close: () => Promise.resolve(),
  };
}

function checkRows(start: number, end: number, rows: number): void {
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= rows)) {
    throw new RangeError(`Rows ${start} … ${end} are not in 0 … ${rows}.`);
  }
}

/** Up to `length` bytes from `position` on; fewer only at the end of the file. */
async function readAt(file: FileHandle, position: number, length: number, options: ReadOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  try {
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (error) {
    throw unreadable(options, fileProblem(error), error);
  }
  return bytes.subarray(0, filled);
}
