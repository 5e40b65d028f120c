import { XaigridError } from '@xaigrid/contracts';
import { unzipSync } from 'fflate';
import { parseNpy, readBounded } from './npy-read.js';
import type { NumpyArray } from './numpy-array.js';
import { checkSize, unreadable, type ReadOptions } from './reading.js';
import { parseNpyValues, type TextArray } from './text-array.js';
import { fileFormat, whatItIs } from '../what-it-is.js';

/** More entries than any real .npz has. It bounds the time spent on an archive that claims more. */
const MAX_ENTRIES = 10_000;
const SUFFIX = '.npy';

/** The arrays of a .npz archive, unpacked one at a time when asked for. */
export interface Npz {
  /** The arrays' names, in the archive's order, without `.npy`. */
  readonly keys: readonly string[];
  /** @throws the caller's code if there is no such array, or it is damaged or larger than `maxBytes`. */
  array(key: string): NumpyArray;
  /** Like `array`, also for an array of text. */
  values(key: string): NumpyArray | TextArray;
}

/**
 * Opens a .npz archive (`numpy.savez`, `numpy.savez_compressed`).
 * @throws the caller's code if the bytes are not such an archive.
 */
export function parseNpz(bytes: Uint8Array, options: ReadOptions): Npz {
  const sizes = sizesOf(bytes, options);
  const keys = [...sizes.keys()].filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
  // An empty archive, as numpy.savez() writes it, is valid too.
  if (keys.length === 0 && sizes.size > 0) throw unreadable(options, `is not a .npz archive: ${whatItIs(bytes)}`);
  const read = <Value>(key: string, parse: (content: Uint8Array, inside: ReadOptions) => Value): Value => {
    const size = sizes.get(key + SUFFIX);
    if (size === undefined) throw unreadable(options, `has no array "${key}"; its arrays: ${keys.join(', ') || 'none'}`);
    const inside = { ...options, name: `${options.name} (array "${key}")` };
    checkSize(size, inside);
    return parse(unpack(bytes, key + SUFFIX, size, inside), inside);
  };
  return { keys, array: (key) => read(key, parseNpy), values: (key) => read(key, parseNpyValues) };
}

/**
 * Reads a .npz file.
 * @throws like `parseNpz`, and when the file cannot be read or is larger than `maxBytes`.
 */
export async function readNpz(path: string, options: ReadOptions): Promise<Npz> {
  return parseNpz(await readBounded(path, options), options);
}

/** The unpacked size that the archive claims for each of its files. */
function sizesOf(bytes: Uint8Array, options: ReadOptions): Map<string, number> {
  const sizes = new Map<string, number>();
  walk(bytes, options, (name, size) => {
    sizes.set(name, size);
    return false;
  });
  return sizes;
}

function unpack(bytes: Uint8Array, name: string, size: number, options: ReadOptions): Uint8Array {
  // fflate unpacks into a buffer of the claimed size and drops the rest, so a false claim costs no memory.
  const content = walk(bytes, options, (candidate) => candidate === name)[name];
  if (content?.length !== size) throw unreadable(options, 'is damaged: the archive unpacks to another size than it says');
  return content;
}

function walk(
  bytes: Uint8Array,
  options: ReadOptions,
  wanted: (name: string, size: number) => boolean,
): Record<string, Uint8Array> {
  let entries = 0;
  try {
    return unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (++entries > MAX_ENTRIES) throw unreadable(options, `has more than ${MAX_ENTRIES} entries`);
        return wanted(name, originalSize);
      },
    });
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const format = fileFormat(bytes);
    const another = format !== undefined && format !== 'npz' && format !== 'zip';
    throw unreadable(
      options,
      another ? `is not a .npz file: ${whatItIs(bytes)}` : `is not a whole .npz archive (${reason})`,
      error,
    );
  }
}
