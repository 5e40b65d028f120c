import { decode } from 'fast-png';
import { reasonOf, regionProblem } from './region-files.js';

/** A mask as it is stored: grey values or indices into a palette, `[height, width]`. */
export interface Mask {
  readonly height: number;
  readonly width: number;
  readonly values: Uint8Array | Uint16Array;
}

/** The pixels of the largest mask that is decoded, as for images. */
const MOST_PIXELS = 40_000_000;
/** Where a PNG file has its width, and then its height; the bits of a value; and whether it is interlaced. */
const WIDTH_AT = 16;
const DEPTH_AT = 24;
const INTERLACED_AT = 28;

/**
 * Decodes a PNG mask without applying its palette. The only module of this library that imports fast-png: sharp gives the colours
 * of a palette, and here its indices are wanted.
 * @throws DATASET_UNREADABLE if it is no PNG file, damaged, or in colours
 */
export function decodeMask(bytes: Uint8Array, place: string): Mask {
  if (isPng(bytes) && bytes.length > INTERLACED_AT) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const [wide, high] = [view.getUint32(WIDTH_AT), view.getUint32(WIDTH_AT + 4)];
    if (wide * high > MOST_PIXELS)
      throw regionProblem(`${place} has ${wide}×${high} pixels; at most ${MOST_PIXELS / 1e6} million are decoded. Scale it down`);
    // fast-png 8.0.0 reads the rows of such a file in the wrong places.
    if (view.getUint8(DEPTH_AT) < 8 && view.getUint8(INTERLACED_AT) !== 0)
      throw regionProblem(`${place} is interlaced and has less than 8 bits per value. Save it without interlacing`);
  }
  const decoded = decodePng(bytes, place);
  const { height, width, channels, depth, data } = decoded;
  if (channels !== 1)
    throw regionProblem(`${place} has colours or transparency; a mask has grey values or a palette. Save it as one of these`);
  const rowBytes = Math.ceil((width * depth) / 8);
  const values = depth < 8 && data instanceof Uint8Array ? unpacked(data, { height, width, depth, rowBytes }) : data;
  if (values.length !== height * width) throw regionProblem(`${place} is damaged: it has too few pixels`);
  return { height, width, values: values instanceof Uint16Array ? values : Uint8Array.from(values) };
}

function isPng(bytes: Uint8Array): boolean {
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47;
}

function decodePng(bytes: Uint8Array, place: string) {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (error) {
    throw regionProblem(`${place} cannot be read as PNG (${reasonOf(error).replace(/\.$/, '')}). Replace it`, error);
  }
}

/** Values of 1, 2 or 4 bits, each row from a byte of its own, the highest bits first. */
function unpacked(
  data: Uint8Array,
  {
    height,
    width,
    depth,
    rowBytes,
  }: { readonly height: number; readonly width: number; readonly depth: number; readonly rowBytes: number },
): Uint8Array {
  const values = new Uint8Array(height * width);
  const perByte = 8 / depth;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const byte = data[row * rowBytes + Math.floor(column / perByte)] ?? 0;
      values[row * width + column] = (byte >> (8 - depth * ((column % perByte) + 1))) & ((1 << depth) - 1);
    }
  }
  return values;
}
