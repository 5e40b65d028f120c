import type { Tensor } from '../api/npy.js';
import { colourTable, entryOf, type Colours } from './colours.js';

/** Positions of a sample, and how many numbers each has. A sample with one axis is a table, whose features are its positions. */
export interface Layout {
  readonly positions: readonly number[];
  readonly channels: number;
}

/** @param shape of a sample: `[features]`, `[length, channels]`, `[height, width, channels]`, `[depth, height, width, channels]` */
export function layoutOf(shape: readonly number[]): Layout {
  return shape.length === 1 ? { positions: shape, channels: 1 } : { positions: shape.slice(0, -1), channels: shape.at(-1) ?? 1 };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** One number a position: the mean over the channels. */
export function meanOverChannels({ shape, data }: Tensor, { positions }: Layout): Float32Array {
  const size = sizeOf(positions);
  if (sizeOf(shape) === size) return data;
  const channels = sizeOf(shape) / size;
  const means = new Float32Array(size);
  for (let position = 0; position < size; position += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += data[position * channels + channel] ?? 0;
    means[position] = sum / channels;
  }
  return means;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

export function rangeOf(values: Float32Array): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * A sample of an image as a picture: three channels as colours, others by their mean in grey. Values from 0 to 1 are taken as
 * they are; others from their lowest to their highest.
 */
export function samplePicture(values: Float32Array, { positions, channels }: Layout, range = rangeOf(values)): Picture {
  const [height = 1, width = 1] = positions;
  const [from, to] = range.low >= 0 && range.high <= 1 ? [0, 1] : [range.low, range.high];
  const scale = to > from ? 255 / (to - from) : 0;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let position = 0; position < width * height; position += 1) {
    let mean = 0;
    if (channels !== 3)
      for (let channel = 0; channel < channels; channel += 1) mean += (values[position * channels + channel] ?? 0) / channels;
    for (let colour = 0; colour < 3; colour += 1)
      data[position * 4 + colour] = ((channels === 3 ? (values[position * 3 + colour] ?? 0) : mean) - from) * scale;
    data[position * 4 + 3] = 255;
  }
  return { width, height, data };
}

/** How values of a map become colours. */
export interface Scale extends Range {
  readonly isSigned: boolean;
}

/** From the lowest to the highest value; symmetric around zero if there are negative values. */
export function scaleOf(values: Float32Array | readonly Float32Array[]): Scale {
  const ranges = (values instanceof Float32Array ? [values] : values).map(rangeOf);
  const low = Math.min(...ranges.map((range) => range.low));
  const high = Math.max(...ranges.map((range) => range.high));
  if (low >= 0) return { low, high, isSigned: false };
  const largest = Math.max(-low, high);
  return { low: -largest, high: largest, isSigned: true };
}

/** A map in colours over its sample in grey. */
export function overlayPicture(
  map: Float32Array,
  { low, high, isSigned }: Scale,
  under: Picture,
  { opacity, colours: chosen }: { readonly opacity: number; readonly colours?: Colours },
): Picture {
  const { width, height } = under;
  const colours = colourTable(isSigned, chosen);
  const data = new Uint8ClampedArray(under.data.length);
  for (let position = 0; position < width * height; position += 1) {
    const at = position * 4;
    const entry = entryOf(map[position] ?? 0, low, high);
    const grey = 0.299 * (under.data[at] ?? 0) + 0.587 * (under.data[at + 1] ?? 0) + 0.114 * (under.data[at + 2] ?? 0);
    for (let colour = 0; colour < 3; colour += 1)
      data[at + colour] = opacity * (colours[entry + colour] ?? 0) + (1 - opacity) * grey;
    data[at + 3] = 255;
  }
  return { width, height, data };
}

/**
 * The sample as the model would be shown it when the `fraction` of positions with the highest values of the map is kept, and the
 * rest is replaced. Equal values go by their place.
 */
export function keptSample(
  input: Float32Array,
  map: Float32Array,
  { positions, channels }: Layout,
  { fraction, baseline }: { readonly fraction: number; readonly baseline: Float32Array },
): Float32Array {
  const size = sizeOf(positions);
  const order = Array.from({ length: size }, (_, position) => position).sort((a, b) => (map[b] ?? 0) - (map[a] ?? 0) || a - b);
  const kept = Float32Array.from(baseline);
  for (const position of order.slice(0, Math.floor(size * fraction + 1e-9)))
    kept.set(input.subarray(position * channels, (position + 1) * channels), position * channels);
  return kept;
}

/** What replaces hidden values: zeros, or the mean of each channel over the sample. */
export function baselineValues(name: 'zero' | 'mean', input: Float32Array, { positions, channels }: Layout): Float32Array {
  const values = new Float32Array(input.length);
  if (name === 'zero') return values;
  const size = sizeOf(positions);
  for (let channel = 0; channel < channels; channel += 1) {
    let sum = 0;
    for (let position = 0; position < size; position += 1) sum += input[position * channels + channel] ?? 0;
    for (let position = 0; position < size; position += 1) values[position * channels + channel] = sum / size;
  }
  return values;
}
