import { sizeOf } from '../tensor.js';
import { dataBytesOf, parseNpyLayout } from './npy-header.js';
import { checkDataPresent, parseNpy, readBounded } from './npy-read.js';
import type { NumpyArray } from './numpy-array.js';
import { checkSize, unreadable, type ReadOptions } from './reading.js';

/** A numpy array of text, such as labels given as names. */
export interface TextArray {
  readonly shape: readonly number[];
  /** In C order. */
  readonly values: readonly string[];
}

/** Tells an array of text from an array of numbers. */
export function isTextArray(array: NumpyArray | TextArray): array is TextArray {
  return 'values' in array;
}

/** The dtypes `<U12` (UTF-32) and `|S12` (bytes): text of a fixed length, padded with zeros. */
const textDtype = /^([<>|=]?)([US])(\d{1,6})$/;

/**
 * Reads the bytes of a .npy file of numbers or of text.
 * @throws the caller's code like `parseNpy`, and for text that is not UTF-32 or UTF-8.
 */
export function parseNpyValues(bytes: Uint8Array, options: ReadOptions): NumpyArray | TextArray {
  const { descr, shape, fortranOrder, dataOffset } = parseNpyLayout(bytes, options);
  const match = typeof descr === 'string' ? textDtype.exec(descr) : null;
  if (match === null) return parseNpy(bytes, options);
  const [, order = '', kind = '', characters = ''] = match;
  if (fortranOrder && shape.filter((extent) => extent !== 1).length > 1)
    throw unreadable(options, 'holds text in Fortran order, which is not read; save it by numpy.ascontiguousarray');
  const itemSize = Number(characters) * (kind === 'U' ? 4 : 1);
  const dataBytes = dataBytesOf(shape, itemSize, options);
  checkSize(dataBytes, options);
  checkDataPresent(bytes.length - dataOffset, { shape, dataBytes }, options);
  const text = kind === 'U' ? utf32Reader(bytes, order !== '>') : utf8Reader(bytes);
  const values = Array.from({ length: sizeOf(shape) }, (_, index) => {
    const value = text(dataOffset + index * itemSize, itemSize);
    if (value === undefined) throw unreadable(options, `has text at position ${index} that is no Unicode`);
    return value;
  });
  return { shape, values };
}

/**
 * Reads a whole .npy file of numbers or of text.
 * @throws like `parseNpyValues`, and when the file cannot be read.
 */
export async function readNpyValues(path: string, options: ReadOptions): Promise<NumpyArray | TextArray> {
  return parseNpyValues(await readBounded(path, options), options);
}

type TextReader = (offset: number, length: number) => string | undefined;

function utf32Reader(bytes: Uint8Array, littleEndian: boolean): TextReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (offset, length) => {
    const points: number[] = [];
    for (let at = offset; at < offset + length; at += 4) points.push(view.getUint32(at, littleEndian));
    while (points.at(-1) === 0) points.pop();
    if (points.some((point) => point > 0x10ffff)) return undefined;
    return points.map((point) => String.fromCodePoint(point)).join('');
  };
}

function utf8Reader(bytes: Uint8Array): TextReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (offset, length) => {
    let end = offset + length;
    while (end > offset && bytes[end - 1] === 0) end -= 1;
    try {
      return decoder.decode(bytes.subarray(offset, end));
    } catch {
      return undefined;
    }
  };
}
