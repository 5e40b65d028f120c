import { XaigridError } from '@xaigrid/contracts';
import h5wasm, { File, FS } from 'h5wasm';
import { unreadableHdf5 } from './hdf5-signature.js';

/** The file's name in the library's own memory. The thread with the library reads one file at a time. */
const PATH = 'model.h5';

export async function libraryReady(): Promise<void> {
  const library = await h5wasm.ready;
  // Otherwise HDF5 prints its stack of errors on the terminal.
  library.activate_throwing_error_handler();
}

/**
 * Opens an HDF5 file, reads it with `read` and closes it. Call it only in a separate thread: see `readHdf5`.
 * @throws MODEL_UNREADABLE for a damaged file
 */
export async function withHdf5<T>(bytes: Uint8Array, read: (file: File) => T): Promise<T> {
  await libraryReady();
  if (FS === null) throw new XaigridError('INTERNAL', 'The HDF5 library has no file system.');
  let file: File | undefined;
  try {
    FS.writeFile(PATH, bytes);
    file = new File(PATH, 'r');
    return read(file);
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    throw unreadableHdf5('it is truncated or damaged', error);
  } finally {
    closeQuietly(file);
    FS.unlink(PATH);
  }
}

function closeQuietly(file: File | undefined): void {
  try {
    file?.close();
  } catch {
    // A damaged file may fail to close, but then reading it has failed before.
  }
}

/** The numbers of a data set in float32. Undefined for whole numbers, which only training needs (seeds, counters). */
export function floats(name: string, value: unknown): Float32Array<ArrayBuffer> | undefined {
  if (value instanceof Float32Array && value.buffer instanceof ArrayBuffer) return value as Float32Array<ArrayBuffer>;
  if (value instanceof Float32Array || value instanceof Float64Array) return Float32Array.from(value);
  if (typeof value === 'number') return Float32Array.of(value);
  if (typeof value === 'bigint' || ArrayBuffer.isView(value)) return undefined;
  throw unreadableHdf5(`weight "${name}" is not float32 or float64`);
}
