import { resizeLinear, sizeOf, type Tensor } from '@xaigrid/tensor';
import { colourTable, type ColourMap, type SignedColourMap } from './colour-maps.js';
import type { RgbImage } from './encode-image.js';

/**
 * A sample as a picture: three channels as red, green and blue, otherwise the mean of the channels as grey. Values from 0 to 1
 * are taken as they are; others are scaled from their lowest to their highest.
 * @param image `[height, width, channels]`
 */
export function sampleImage(image: Tensor): RgbImage {
  const [height = 0, width = 0, channels = 1] = image.shape;
  const { low, high } = rangeOf(image.data);
  const [from, to] = low >= 0 && high <= 1 ? [0, 1] : [low, high];
  const scale = to > from ? 255 / (to - from) : 0;
  const data = new Uint8Array(height * width * 3);
  for (let position = 0; position < height * width; position += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      const value = channels === 3 ? (image.data[position * 3 + colour] ?? 0) : meanOf(image.data, position * channels, channels);
      data[position * 3 + colour] = Math.round((value - from) * scale);
    }
  }
  return { width, height, data };
}

/** A linear scale from the values of one map to colours, from `low` to `high`. */
export interface MapScale {
  readonly low: number;
  readonly high: number;
  /** Whether zero lies in the middle: the map has negative values. */
  readonly isSigned: boolean;
  /** `[256, 3]` */
  readonly colours: Uint8Array;
}

/**
 * A map with negative values gets a scale that is symmetric around zero. Any other map gets one from its lowest to its highest
 * value.
 */
export function mapScale(
  map: Tensor,
  { colourMap, signedColourMap }: { readonly colourMap: ColourMap; readonly signedColourMap: SignedColourMap },
): MapScale {
  const [rows = 0, columns = 0] = map.shape;
  const { low, high } = rangeOf(meanOverChannels(map, rows * columns));
  if (low >= 0 || signedColourMap === 'same') return { low, high, isSigned: false, colours: colourTable(colourMap) };
  const largest = Math.max(-low, high);
  return { low: -largest, high: largest, isSigned: true, colours: colourTable(signedColourMap) };
}

/** Pictures up to this side are drawn position by position: the map's colour with a square in the sample's grey inside. */
const COARSE = 16;

/** Pictures up to this side consist mainly of the map's colours, with little of the sample's grey. */
const SMALL = 64;

/** The share of the map's colour in the mix with the sample's grey. */
const opacities = { small: 0.75, large: 0.6 };

/** The grey under colours is lightened to the range from here to white, because colours over black are all dark. */
const DARKEST = 80;

/** How an overlay is made, in words. */
export function overlayInWords(rows: number, columns: number): string {
  const side = Math.max(rows, columns);
  if (side <= COARSE) return 'the map’s colours; the square in each position is the image';
  return `${100 * (side <= SMALL ? opacities.small : opacities.large)} % of the map’s colours over the image in light grey`;
}

/**
 * A map in colour over its sample in grey, channels averaged.
 * @param image `[height, width, channels]`
 * @param map `[height, width]` or `[height, width, channels]`
 */
export function overlayImage(image: Tensor, map: Tensor, scale: MapScale): RgbImage {
  const { width, height, data: rgb } = sampleImage(image);
  const values = meanOverChannels(map, height * width);
  const side = Math.max(width, height);
  const enlarge = side <= COARSE ? Math.floor(96 / side) : 1;
  const opacity = enlarge > 1 ? 1 : side <= SMALL ? opacities.small : opacities.large;
  const [from, to] = [Math.round(enlarge * 0.3), Math.round(enlarge * 0.7)];
  const isInner = (at: number): boolean => at % enlarge >= from && at % enlarge < to;
  const data = new Uint8Array(rgb.length * enlarge * enlarge);
  const factor = scale.high > scale.low ? 255 / (scale.high - scale.low) : 0;
  for (let row = 0; row < height * enlarge; row += 1) {
    for (let column = 0; column < width * enlarge; column += 1) {
      const position = Math.floor(row / enlarge) * width + Math.floor(column / enlarge);
      // Luma of BT.601, which image libraries use to convert colours to grey.
      const at = position * 3;
      const grey = 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0);
      const entry = Math.round(((values[position] ?? 0) - scale.low) * factor) * 3;
      const share = enlarge > 1 && isInner(row) && isInner(column) ? 0 : opacity;
      const under = enlarge > 1 ? grey : DARKEST + (grey * (255 - DARKEST)) / 255;
      const target = (row * width * enlarge + column) * 3;
      for (let colour = 0; colour < 3; colour += 1) {
        data[target + colour] = Math.round(under * (1 - share) + (scale.colours[entry + colour] ?? 0) * share);
      }
    }
  }
  return { width: width * enlarge, height: height * enlarge, data };
}

/** The colours from the lowest (left) to the highest, in 64 pixels. */
export function colourBarImage({ colours }: MapScale): RgbImage {
  const width = 64;
  const data = new Uint8Array(width * 3);
  for (let at = 0; at < width; at += 1) {
    const entry = Math.round((at * 255) / (width - 1)) * 3;
    data.set(colours.subarray(entry, entry + 3), at * 3);
  }
  return { width, height: 1, data };
}

/** `[positions]` */
export function meanOverChannels(tensor: Tensor, positions: number): Float32Array {
  const channels = sizeOf(tensor.shape) / positions;
  return Float32Array.from({ length: positions }, (_, position) => meanOf(tensor.data, position * channels, channels));
}

function meanOf(values: Float32Array, start: number, count: number): number {
  let sum = 0;
  for (let at = start; at < start + count; at += 1) sum += values[at] ?? 0;
  return sum / count;
}

function rangeOf(values: Float32Array): { readonly low: number; readonly high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** A picture with so many columns at most: `[height, width]` or `[height, width, channels]`. */
export function shrunk(picture: Tensor, columns: number): Tensor {
  const [rows = 1, before = 1] = picture.shape;
  if (before <= columns) return picture;
  const extents = [Math.max(1, Math.round((rows * columns) / before)), columns];
  const channels = sizeOf(picture.shape) / (rows * before);
  const resized = resizeLinear({ shape: [1, rows, before, channels], data: picture.data }, extents);
  return { shape: [...extents, channels], data: resized.data };
}
