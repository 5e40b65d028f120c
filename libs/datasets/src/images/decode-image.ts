import { XaigridError } from '@xaigrid/contracts';
import type Sharp from 'sharp';
import { exchangesSides, isPlainYCbCr, tiffOrientation, turned, withPlainOrientation, type Orientation } from './tiff-tags.js';
import type { ImageSize, PillowFilter, Pixels } from './pillow-resize.js';

let loaded: Promise<typeof Sharp> | undefined;

/**
 * Loads sharp with the first image; no other module imports it. Only the four formats are decoded, whatever the name of a file:
 * the other formats of libvips (SVG, PDF, …) are more than a data set needs. Threads: libuv's pool, one per image. Caches are
 * off, so that memory stays bounded.
 */
function loadSharp(): Promise<typeof Sharp> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['VipsForeignLoadTiff', 'VipsForeignLoadPng', 'VipsForeignLoadJpeg', 'VipsForeignLoadWebp'],
    });
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loaded;
}

/** The pixels of the largest image that is decoded. A small file may claim to be huge, and several are decoded at once. */
const MOST_PIXELS = 40_000_000;

const kernels = ['nearest', 'linear', 'cubic', 'mitchell', 'lanczos2', 'lanczos3'] as const;
export const pillowFilters = { 'pillow-bilinear': 'bilinear', 'pillow-bicubic': 'bicubic' } as const satisfies Readonly<
  Record<string, PillowFilter>
>;
type PillowResampling = keyof typeof pillowFilters;
export const resamplings = ['pillow-bilinear', 'pillow-bicubic', ...kernels] as const;

/** Whether a way to resample is one of Pillow's, and not one of libvips. */
export function isPillow(resample: (typeof resamplings)[number]): resample is PillowResampling {
  return resample in pillowFilters;
}
export type Kernel = (typeof kernels)[number];

export interface ImageHeader extends ImageSize {
  readonly format: string;
  /** The orientation in a TIFF file. Height and width are those after it is applied. */
  readonly orientation: Orientation;
  /** Whether it is JPEG or WebP, whose decoded values depend on the decoder in the last bit. */
  readonly lossy: boolean;
}

/** The version of the library that decodes and resamples. */
export async function decoderVersion(): Promise<string> {
  const { versions } = await loadSharp();
  return `libvips ${versions.vips}`;
}

/**
 * Reads the header of an image without decoding it.
 * @param name of the file in messages
 * @throws DATASET_UNREADABLE if it is none of the four formats, or not an 8-bit image of one frame in grey or RGB.
 */
export async function readHeader(bytes: Uint8Array, name: string): Promise<ImageHeader> {
  const sharp = await loadSharp();
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw unreadable(name, `cannot be read as TIFF, PNG, JPEG or WebP (${reasonOf(error)})`, error);
    });
  const { format, width, height, space, depth, pages = 1 } = metadata;
  if (width * height > MOST_PIXELS) {
    throw unreadable(name, `has ${width}×${height} pixels; at most ${MOST_PIXELS / 1e6} million are decoded. Scale it down`);
  }
  if (pages > 1) throw unreadable(name, `has ${pages} pages or frames. Save each one as a separate image`);
  if (depth !== 'uchar') throw unreadable(name, `has more than 8 bits per value (${space}, ${depth}). Convert it to 8 bits`);
  if (space !== 'srgb' && space !== 'rgb' && space !== 'b-w') {
    throw unreadable(name, `has the colour space ${space}. Convert it to RGB or grey`);
  }
  if (format === 'tiff' && isPlainYCbCr(bytes)) throw unreadable(name, 'has the colour space YCbCr. Convert it to RGB or grey');
  const orientation = format === 'tiff' ? tiffOrientation(bytes) : 1;
  const [shownWidth, shownHeight] = exchangesSides(orientation) ? [height, width] : [width, height];
  const lossy = format === 'jpeg' || format === 'webp';
  return { format, width: shownWidth, height: shownHeight, lossy, orientation };
}

/**
 * The 8-bit values of an image, with one or three channels, as Pillow opens it: the orientation of a TIFF file is applied, that
 * of other formats is not, and colour profiles are not.
 * @param orientation from `readHeader`
 * @throws DATASET_UNREADABLE if the file is truncated or corrupt, or if a pixel is transparent.
 */
export async function decodeImage(bytes: Uint8Array, name: string, orientation: Orientation = 1): Promise<Pixels> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(withPlainOrientation(bytes), {
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: MOST_PIXELS,
  })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw unreadable(name, `is damaged (${reasonOf(error)}). Replace it, or remove it from the folder`, error);
    });
  const { height, width, channels } = info;
  const pixels = { height, width, channels, data };
  return turned(channels === 2 || channels === 4 ? withoutAlpha(pixels, name) : pixels, orientation);
}

/** Scales with one of libvips' kernels. */
export async function resizeByKernel(pixels: Pixels, to: ImageSize, kernel: Kernel): Promise<Pixels> {
  const { height, width, channels } = pixels;
  const sharp = await loadSharp();
  const { data, info } = await sharp(pixels.data, { raw: { height, width, channels: channels === 3 ? 3 : 1 } })
    .resize({ ...to, fit: 'fill', kernel })
    .toColourspace(channels === 3 ? 'srgb' : 'b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { height: info.height, width: info.width, channels: info.channels, data };
}

function withoutAlpha({ height, width, channels, data }: Pixels, name: string): Pixels {
  const kept = channels - 1;
  const result = new Uint8Array(height * width * kept);
  for (let from = 0, to = 0; from < data.length; from += channels, to += kept) {
    if (data[from + kept] !== 255)
      throw unreadable(name, 'has transparent pixels, and the background behind them is not known. Save it without transparency');
    for (let c = 0; c < kept; c++) result[to + c] = data[from + c] ?? 0;
  }
  return { height, width, channels: kept, data: result };
}

function unreadable(name: string, problem: string, cause?: unknown): XaigridError {
  return new XaigridError('DATASET_UNREADABLE', `The image ${name} ${problem}.`, { cause });
}

function reasonOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/^Input buffer (has corrupt header: )?/, '').replace(/\.$/, '');
}
