import { isTable, sizeOf, type Tensor } from '@xaigrid/tensor';
import { byLargest, featureName } from './features.js';
import { shortText } from './fit-table.js';
import { volumeSlice } from './volume-slice.js';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const SHADES = [' ', '░', '▒', '▓', '█'];

export interface MapPictureOptions {
  /** The width of a picture in characters. */
  readonly width: number;
  /** The names of a table's features. Default: their numbers. */
  readonly featureNames?: readonly string[] | undefined;
}

/**
 * A small picture of a sample and its map for a terminal, without colour: signals as bars, one character a position, images as
 * shades, both scaled to their own range, which is written beside them. The features of a table have a line each, the largest
 * values of the map first. Of a volume one slice, and it says which.
 * @param input `[features]`, `[length, channels]`, `[height, width, channels]` or `[depth, height, width, channels]`
 * @param map the same, or without the channels
 */
export function mapPicture(input: Tensor, map: Tensor, options: MapPictureOptions): string {
  if (isTable(input.shape)) return featureLines(input.data, map.data, options);
  const shown = volumeSlice(input, [map]);
  const positions = shown.input.shape.length - 1;
  const slice = shown.caption === '' ? '' : `, ${shown.caption}`;
  const panels = [
    [`input${slice}`, meanOverChannels(shown.input, positions)],
    [`map${slice}`, meanOverChannels(shown.maps[0] ?? map, positions)],
  ] as const;
  return panels
    .map(([title, panel]) => {
      const { low, high } = rangeOf(panel.data);
      const picture = positions === 1 ? bars(panel, low, high) : shades(panel, low, high, options.width);
      return `${title}  (${low.toPrecision(4)} to ${high.toPrecision(4)})\n${picture}\n`;
    })
    .join('\n');
}

/** Features in a terminal; --npy has all. */
const MOST_FEATURES = 20;

/** Characters of a name, and of a bar on either side of zero. */
const NAME = 28;
const BAR = 10;

/** A line a feature: its name, its value in the sample, that of the map and a bar, to the left for what is negative. */
function featureLines(input: ArrayLike<number>, map: ArrayLike<number>, { featureNames }: MapPictureOptions): string {
  const order = byLargest([map]);
  const shown = order.slice(0, MOST_FEATURES);
  const names = shown.map((feature) => shortText(featureName(featureNames, feature), NAME));
  const width = Math.max('feature'.length, ...names.map((name) => name.length));
  const largest = Math.abs(map[order[0] ?? 0] ?? 0);
  const number = (value: number | undefined) => (value ?? NaN).toPrecision(4).padStart(11);
  const bar = (value: number) => {
    const marks = largest > 0 ? Math.round((Math.abs(value) / largest) * BAR) : 0;
    return value < 0 ? `${'█'.repeat(marks).padStart(BAR)}│` : `${' '.repeat(BAR)}│${'█'.repeat(marks)}`;
  };
  const lines = shown.map((feature, at) =>
    `${(names[at] ?? '').padEnd(width)}  ${number(input[feature])}  ${number(map[feature])}  ${bar(map[feature] ?? 0)}`.trimEnd(),
  );
  const more = order.length - shown.length;
  return [
    `${'feature'.padEnd(width)}  ${'value'.padStart(11)}  ${'map'.padStart(11)}`,
    ...lines,
    ...(more > 0 ? [`and ${more} features with smaller values of the map`] : []),
    '',
  ].join('\n');
}

function meanOverChannels(tensor: Tensor, positions: number): Tensor {
  if (tensor.shape.length === positions) return tensor;
  const shape = tensor.shape.slice(0, positions);
  const channels = tensor.shape.at(-1) ?? 1;
  const data = new Float32Array(sizeOf(shape));
  for (let position = 0; position < data.length; position += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += tensor.data[position * channels + channel] ?? 0;
    data[position] = sum / channels;
  }
  return { shape, data };
}

function rangeOf(values: Float32Array<ArrayBuffer>): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

function pick(marks: readonly string[], value: number, low: number, high: number): string {
  const level = high > low ? (value - low) / (high - low) : 0;
  return marks[Math.min(marks.length - 1, Math.floor(level * marks.length))] ?? '';
}

function bars({ data }: Tensor, low: number, high: number): string {
  return Array.from(data, (value) => pick(BARS, value, low, high)).join('');
}

/** Nearest position a character; a character is about twice as high as wide, so rows are taken half as often as columns. */
function shades({ shape, data }: Tensor, low: number, high: number, most: number): string {
  const [height = 1, width = 1] = shape;
  const columns = Math.min(width, most);
  const rows = Math.max(1, Math.round((height * columns) / width / 2));
  return Array.from({ length: rows }, (_row, row) => {
    const y = Math.min(height - 1, Math.floor(((row + 0.5) * height) / rows));
    return Array.from({ length: columns }, (_column, column) => {
      const x = Math.min(width - 1, Math.floor(((column + 0.5) * width) / columns));
      return pick(SHADES, data[y * width + x] ?? low, low, high);
    }).join('');
  }).join('\n');
}
