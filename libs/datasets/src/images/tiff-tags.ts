import type { Pixels } from './pillow-resize.js';

/**
 * How rows and columns are stored: 1 as shown, 2 mirrored, 3 rotated by 180°, 4 upside down, 5 … 8 with rows and columns
 * exchanged (TIFF 6.0, tag 274; EXIF has the same numbers).
 */
export type Orientation = 1 | (typeof turnedOrientations)[number];

const ORIENTATION_TAG = 274;
const XMP_TAG = 700;
const COMPRESSION_TAG = 259;
const PHOTOMETRIC_TAG = 262;
const YCBCR = 6;
/** The numbers of JPEG compression: as in TIFF 6.0 (6), and as used in practice (7). */
const jpegCompressions = [6, 7];

/**
 * The orientation that Pillow applies when it opens a TIFF file: that of the tag, or without a tag that of the XMP text. JPEG,
 * PNG and WebP have the same tag. Pillow leaves it to `ImageOps.exif_transpose`, and so do we: this function is not called for
 * them. Values other than 1 … 8 count as 1, and so does a damaged directory, which the decoder reports.
 */
export function tiffOrientation(bytes: Uint8Array): Orientation {
  const tags = firstDirectory(bytes, [ORIENTATION_TAG, XMP_TAG]);
  const tag = tags.get(ORIENTATION_TAG);
  if (tag !== undefined) return orientationOf(tag.number);
  const xmp = tags.get(XMP_TAG);
  if (xmp === undefined) return 1;
  const text = new TextDecoder('latin1').decode(bytes.subarray(xmp.offset, xmp.offset + xmp.count));
  return orientationOf(Number(/tiff:Orientation(?:="|>)([0-9])/.exec(text)?.[1] ?? 1));
}

/** All orientations except the plain one. */
export const turnedOrientations = [2, 3, 4, 5, 6, 7, 8] as const;

function orientationOf(value: number): Orientation {
  return turnedOrientations.find((orientation) => orientation === value) ?? 1;
}

/**
 * The file with a tag of 1, for a decoder that refuses values other than 1 … 8, which Pillow takes for 1. Any other file, and a
 * file without the tag, is returned unchanged.
 */
export function withPlainOrientation(bytes: Uint8Array): Uint8Array {
  const tag = firstDirectory(bytes, [ORIENTATION_TAG]).get(ORIENTATION_TAG);
  if (tag === undefined || tag.number === 1) return bytes;
  const little = isLittle(new DataView(bytes.buffer, bytes.byteOffset));
  const plain = bytes.slice();
  const view = new DataView(plain.buffer);
  if (tag.type === LONG) view.setUint32(tag.offset, 1, little);
  else if (tag.type === SHORT) view.setUint16(tag.offset, 1, little);
  else view.setUint8(tag.offset, 1);
  return plain;
}

/**
 * Whether a TIFF file holds one luma and two chroma values per pixel that no JPEG decoder converts to RGB. libvips (8.18) returns
 * them as red, green and blue.
 */
export function isPlainYCbCr(bytes: Uint8Array): boolean {
  const tags = firstDirectory(bytes, [COMPRESSION_TAG, PHOTOMETRIC_TAG]);
  return tags.get(PHOTOMETRIC_TAG)?.number === YCBCR && !jpegCompressions.includes(tags.get(COMPRESSION_TAG)?.number ?? 1);
}

/** Whether rows and columns are exchanged. */
export function exchangesSides(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** The types of a tag's values. */
const [BYTE, SHORT, LONG] = [1, 3, 4];

interface Tag {
  readonly type: number;
  /** The value of a tag with one whole number. NaN for other types. */
  readonly number: number;
  readonly count: number;
  /** The offset of its values in the file. */
  readonly offset: number;
}

/** The wanted tags of the first image in a TIFF or BigTIFF file. Empty for another file, and for one that ends too early. */
function firstDirectory(bytes: Uint8Array, wanted: readonly number[]): ReadonlyMap<number, Tag> {
  try {
    return tagsOf(bytes, wanted);
  } catch (error) {
    if (error instanceof RangeError) return new Map();
    throw error;
  }
}

const isLittle = (view: DataView): boolean => view.getUint16(0) === 0x4949;

/** @throws RangeError if the file ends too early */
function tagsOf(bytes: Uint8Array, wanted: readonly number[]): ReadonlyMap<number, Tag> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = isLittle(view);
  const version = view.getUint16(2, little);
  if ((!little && view.getUint16(0) !== 0x4d4d) || (version !== 42 && version !== 43)) return new Map();
  const big = version === 43;
  const whole = (at: number): number => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const directory = whole(big ? 8 : 4);
  const entries = big ? whole(directory) : view.getUint16(directory, little);
  const [first, length, wide] = big ? [directory + 8, 20, 8] : [directory + 2, 12, 4];
  const tags = new Map<number, Tag>();
  for (let entry = 0; entry < entries && tags.size < wanted.length; entry++) {
    const at = first + entry * length;
    const tag = view.getUint16(at, little);
    if (!wanted.includes(tag)) continue;
    const count = whole(at + 4);
    const value = at + 4 + wide;
    // A short text is in the entry itself.
    const type = view.getUint16(at + 2, little);
    const number =
      type === LONG
        ? view.getUint32(value, little)
        : type === SHORT
          ? view.getUint16(value, little)
          : type === BYTE
            ? view.getUint8(value)
            : NaN;
    tags.set(tag, { type, number, count, offset: count <= wide ? value : whole(value) });
  }
  return tags;
}

/** The pixels as shown, rotated as in Pillow's `ImageOps.exif_transpose`. */
export function turned({ height, width, channels, data }: Pixels, orientation: Orientation): Pixels {
  if (orientation === 1) return { height, width, channels, data };
  const exchanged = exchangesSides(orientation);
  const [rows, columns] = exchanged ? [width, height] : [height, width];
  const result = new Uint8Array(data.length);
  // Which of the stored sides is read from its end.
  const [flipsRows, flipsColumns] = [
    exchanged ? orientation === 6 || orientation === 7 : orientation === 3 || orientation === 4,
    exchanged ? orientation === 7 || orientation === 8 : orientation === 2 || orientation === 3,
  ];
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [storedRow, storedColumn] = exchanged ? [column, row] : [row, column];
      const y = flipsRows ? height - 1 - storedRow : storedRow;
      const x = flipsColumns ? width - 1 - storedColumn : storedColumn;
      const from = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) result[to++] = data[from + c] ?? 0;
    }
  }
  return { height: rows, width: columns, channels, data: result };
}
