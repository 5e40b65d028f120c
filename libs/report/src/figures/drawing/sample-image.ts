import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { colourTable, type ColourMap } from './colour-maps.js';
import type { RgbImage } from './encode-image.js';

/**
 * A sample as a picture: three channels as red, green and blue, otherwise the mean of the channels as grey. Values from 0 to 1 are
 * taken as they are; others are scaled from their lowest to their highest.
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

/**
 * A map in colour over its sample in grey, half and half; the map is scaled from its lowest to its highest value, channels averaged.
 * @param image `[height, width, channels]`
 * @param map `[height, width]` or `[height, width, channels]`
 */
export function overlayImage(image: Tensor, map: Tensor, colourMap: ColourMap): RgbImage {
  const { width, height, data: rgb } = sampleImage(image);
  const values = meanOverChannels(map, height * width);
  const { low, high } = rangeOf(values);
  const scale = high > low ? 255 / (high - low) : 0;
  const colours = colourTable(colourMap);
  const data = new Uint8Array(rgb.length);
  for (let position = 0; position < height * width; position += 1) {
    // Luma of BT.601, as image libraries turn colours into grey.
    const at = position * 3;
    const grey = 0.299 * (rgb[at] ?? 0) + 0.587 * (rgb[at + 1] ?? 0) + 0.114 * (rgb[at + 2] ?? 0);
    const entry = Math.round(((values[position] ?? 0) - low) * scale) * 3;
    for (let colour = 0; colour < 3; colour += 1) data[at + colour] = Math.round((grey + (colours[entry + colour] ?? 0)) / 2);
  }
  return { width, height, data };
}

/** From the lowest (bottom) to the highest colour, one pixel an entry. */
export function colourBarImage(colourMap: ColourMap): RgbImage {
  const colours = colourTable(colourMap);
  const height = colours.length / 3;
  const data = new Uint8Array(colours.length);
  for (let row = 0; row < height; row += 1) data.set(colours.subarray((height - 1 - row) * 3, (height - row) * 3), row * 3);
  return { width: 1, height, data };
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
