import { describeUnknownDtype, parseDtype, type Dtype } from './dtype.js';
import { parsePythonLiteral, type PythonLiteral } from './python-literal.js';
import { unreadable, type ReadOptions } from './reading.js';
import { whatItIs } from '../what-it-is.js';
import { sizeOf } from '../tensor.js';

/** What stands before the data of a .npy file (NumPy Enhancement Proposal 1, versions 1.0, 2.0 and 3.0). */
export interface NpyHeader extends NpyLayout {
  readonly dtype: Dtype;
  readonly dataBytes: number;
}

/** The header as it is written. The element type is not interpreted yet. */
export interface NpyLayout {
  /** numpy's name of the element type: text, or another literal for structured arrays. */
  readonly descr: PythonLiteral | undefined;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the data begin, in bytes from the start of the file. */
  readonly dataOffset: number;
}

/** The number of bytes that tell how long the header is, in every version. */
const NPY_PREFIX_BYTES = 12;

/** numpy's headers have a few hundred bytes. A longer one cannot be the header of a numeric array. */
const MAX_HEADER_BYTES = 65_536;
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface Prefix {
  readonly textOffset: number;
  readonly dataOffset: number;
  readonly utf8: boolean;
}

/**
 * Where the data begin, from the file's first `NPY_PREFIX_BYTES` bytes.
 * @throws the caller's code if it is not a .npy file.
 */
export function npyDataOffset(start: Uint8Array, options: ReadOptions): number {
  return parsePrefix(start, options).dataOffset;
}

/**
 * Parses the header of a .npy file of real numbers.
 * @param start the file's bytes, at least up to its data.
 * @throws the caller's code if the header is malformed, or the elements are not real numbers.
 */
export function parseNpyHeader(start: Uint8Array, options: ReadOptions): NpyHeader {
  const layout = parseNpyLayout(start, options);
  const dtype = dtypeOf(layout.descr, options);
  return { ...layout, dtype, dataBytes: dataBytesOf(layout.shape, dtype.itemSize, options) };
}

/**
 * The number of bytes that an array takes.
 * @throws the caller's code if no array can have that shape.
 */
export function dataBytesOf(shape: readonly number[], itemSize: number, options: ReadOptions): number {
  const dataBytes = sizeOf(shape) * itemSize;
  if (!Number.isSafeInteger(dataBytes)) throw unreadable(options, `has an impossible shape, [${shape.join(', ')}]`);
  return dataBytes;
}

/** Like `parseNpyHeader`, for elements of any type. */
export function parseNpyLayout(start: Uint8Array, options: ReadOptions): NpyLayout {
  const { textOffset, dataOffset, utf8 } = parsePrefix(start, options);
  if (start.length < dataOffset) throw unreadable(options, 'is truncated: it ends inside its header');
  const text = new TextDecoder(utf8 ? 'utf-8' : 'latin1').decode(start.subarray(textOffset, dataOffset));
  const fields = fieldsOf(text, options);
  const fortranOrder = fields.get('fortran_order');
  if (typeof fortranOrder !== 'boolean')
    throw unreadable(options, 'has a malformed .npy header: "fortran_order" is not True or False');
  const shape = shapeOf(fields.get('shape'), options);
  return { descr: fields.get('descr'), fortranOrder, shape, dataOffset };
}

function parsePrefix(start: Uint8Array, options: ReadOptions): Prefix {
  const known = Math.min(start.length, magic.length);
  if (start.length === 0) throw unreadable(options, 'is empty');
  if (magic.slice(0, known).some((byte, i) => start[i] !== byte))
    throw unreadable(options, `is not a .npy file: ${whatItIs(start)}`);
  if (start.length < NPY_PREFIX_BYTES) throw unreadable(options, 'is truncated: it ends inside its header');
  const view = new DataView(start.buffer, start.byteOffset);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw unreadable(options, `is a .npy file of version ${version}; versions 1 to 3 are read`);
  const textOffset = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES)
    throw unreadable(options, `has a .npy header of ${length} bytes; at most ${MAX_HEADER_BYTES} are read`);
  return { textOffset, dataOffset: textOffset + length, utf8: version === 3 };
}

function fieldsOf(text: string, options: ReadOptions): Map<string, PythonLiteral> {
  try {
    const fields = parsePythonLiteral(text);
    if (fields instanceof Map) return fields;
  } catch (error) {
    throw unreadable(options, `has a malformed .npy header (${error instanceof Error ? error.message : 'unknown'})`, error);
  }
  throw unreadable(options, 'has a malformed .npy header: it is not a dictionary');
}

function dtypeOf(descr: PythonLiteral | undefined, options: ReadOptions): Dtype {
  if (Array.isArray(descr)) throw unreadable(options, 'is a structured array; only plain arrays of numbers are read');
  if (typeof descr !== 'string') throw unreadable(options, 'has a malformed .npy header: "descr" is missing');
  const dtype = parseDtype(descr);
  if (dtype === undefined) throw unreadable(options, describeUnknownDtype(descr));
  return dtype;
}

function shapeOf(shape: PythonLiteral | undefined, options: ReadOptions): number[] {
  if (!Array.isArray(shape) || shape.length > 32)
    throw unreadable(options, 'has a malformed .npy header: "shape" is not a tuple of up to 32 extents');
  return shape.map((extent) => {
    if (typeof extent === 'number' && Number.isSafeInteger(extent) && extent >= 0) return extent;
    throw unreadable(options, 'has a malformed .npy header: an extent in "shape" is not a whole number');
  });
}
