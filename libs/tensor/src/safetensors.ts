import { readBounded } from './numpy/npy-read.js';
import type { Dtype } from './numpy/dtype.js';
import type { NumpyArray } from './numpy/numpy-array.js';
import { unreadable, type ReadOptions } from './numpy/reading.js';
import { sizeOf } from './tensor.js';
import { whatItIs } from './what-it-is.js';

/** The tensors of a safetensors file (`safetensors.numpy.save_file`). */
export interface Safetensors {
  readonly keys: readonly string[];
  /** @throws the caller's code if there is no such tensor, or its elements are of a type that is not read. */
  array(key: string): NumpyArray;
}

const PREFIX_BYTES = 8;
/** The bound of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;

/** What the header says about one tensor. */
interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where its bytes begin and end, counted from the end of the header. */
  readonly byteRange: readonly [start: number, end: number];
}

const dtypes: Readonly<Record<string, Dtype>> = {
  // bfloat16 as it is stored; `widened` makes it float32.
  BF16: { kind: 'u', itemSize: 2, littleEndian: true },
  F64: { kind: 'f', itemSize: 8, littleEndian: true },
  F32: { kind: 'f', itemSize: 4, littleEndian: true },
  F16: { kind: 'f', itemSize: 2, littleEndian: true },
  I64: { kind: 'i', itemSize: 8, littleEndian: true },
  I32: { kind: 'i', itemSize: 4, littleEndian: true },
  I16: { kind: 'i', itemSize: 2, littleEndian: true },
  I8: { kind: 'i', itemSize: 1, littleEndian: true },
  U64: { kind: 'u', itemSize: 8, littleEndian: true },
  U32: { kind: 'u', itemSize: 4, littleEndian: true },
  U16: { kind: 'u', itemSize: 2, littleEndian: true },
  U8: { kind: 'u', itemSize: 1, littleEndian: true },
  BOOL: { kind: 'b', itemSize: 1, littleEndian: true },
};

/**
 * Opens a safetensors file: the length of a JSON header in 8 bytes, the header, then the tensors' bytes in C order.
 * @throws the caller's code if the bytes are not such a file.
 */
export function parseSafetensors(bytes: Uint8Array, options: ReadOptions): Safetensors {
  const { entries, dataOffset } = headerOf(bytes, options);
  const data = bytes.subarray(dataOffset);
  const keys = [...entries.keys()].filter((key) => key !== '__metadata__');
  return {
    keys,
    array(key) {
      if (!keys.includes(key)) throw unreadable(options, `has no tensor "${key}"; its tensors: ${keys.join(', ') || 'none'}`);
      const inside = { ...options, name: `${options.name} (tensor "${key}")` };
      const { dtype: name, shape, byteRange } = entryOf(entries.get(key), inside);
      const dtype = dtypes[name];
      if (dtype === undefined)
        throw unreadable(inside, `has elements of dtype ${name.slice(0, 20)}; F16, BF16, F32, F64, integers and BOOL are read`);
      const [start, end] = byteRange;
      const length = sizeOf(shape) * dtype.itemSize;
      if (end - start !== length)
        throw unreadable(
          inside,
          `is malformed: its shape [${shape.join(', ')}] needs ${length} bytes, and ${end - start} are its own`,
        );
      if (end > data.length)
        throw unreadable(inside, `is truncated: ${end} bytes of data are needed and ${data.length} are there`);
      const own = data.subarray(start, end);
      if (name !== 'BF16') return { dtype, shape, fortranOrder: false, bytes: own };
      return { dtype: { kind: 'f', itemSize: 4, littleEndian: true }, shape, fortranOrder: false, bytes: widened(own) };
    },
  };
}

/** bfloat16 → float32: a bfloat16 is the upper half of a float32. */
function widened(bytes: Uint8Array): Uint8Array {
  const wide = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i += 2) wide.set(bytes.subarray(i, i + 2), 2 * i + 2);
  return wide;
}

function headerOf(
  bytes: Uint8Array,
  options: ReadOptions,
): { readonly entries: ReadonlyMap<string, unknown>; readonly dataOffset: number } {
  if (bytes.length === 0) throw unreadable(options, 'is empty');
  if (bytes.length <= PREFIX_BYTES || bytes[PREFIX_BYTES] !== 0x7b)
    throw unreadable(options, `is not a safetensors file: ${whatItIs(bytes)}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const dataOffset = PREFIX_BYTES + length;
  if (length > MAX_HEADER_BYTES)
    throw unreadable(options, `claims a header of ${length} bytes; at most ${MAX_HEADER_BYTES} are read`);
  if (dataOffset > bytes.length) throw unreadable(options, 'is truncated: it ends inside its header');
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, dataOffset)));
    if (isObject(header)) return { entries: new Map(Object.entries(header)), dataOffset };
  } catch (error) {
    throw unreadable(options, 'has a malformed header: it is no JSON', error);
  }
  throw unreadable(options, 'has a malformed header: it is no JSON object');
}

function entryOf(entry: unknown, options: ReadOptions): Entry {
  if (isObject(entry)) {
    const { dtype, shape, data_offsets: byteRange } = entry;
    if (typeof dtype === 'string' && isExtents(shape) && shape.length <= 32 && isExtents(byteRange)) {
      const [start, end, ...more] = byteRange;
      if (start !== undefined && end !== undefined && start <= end && more.length === 0)
        return { dtype, shape, byteRange: [start, end] };
    }
  }
  throw unreadable(options, 'is malformed: its header does not say dtype, shape and data_offsets');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isExtents(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.every((extent) => typeof extent === 'number' && Number.isSafeInteger(extent) && extent >= 0)
  );
}

/**
 * Reads a safetensors file.
 * @throws like `parseSafetensors`, and when the file cannot be read or is larger than `maxBytes`.
 */
export async function readSafetensors(path: string, options: ReadOptions): Promise<Safetensors> {
  return parseSafetensors(await readBounded(path, options), options);
}
