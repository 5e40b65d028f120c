import { numpyNormalsOfSeed42 } from '../random/pcg64.js';
import type { Segments } from './connected-segments.js';
import { labOfRgb } from './lab.js';

/** The options of `quickshift`, as scikit-image names them (`kernel_size`, `max_dist`, `ratio`). */
export interface QuickshiftOptions {
  /** The standard deviation of the Gaussian of the density, in positions. Positions look for others within three of it. */
  readonly kernelSize: number;
  /** How far apart two positions of a segment that follow each other are at most, over positions and colours. */
  readonly maxDistance: number;
  /** What colours are multiplied by, against positions. */
  readonly ratio: number;
}

/** Keeps equal densities apart, as scikit-image does. */
const NOISE = 1e-5;

/** L*a*b* of RGB lies within a box of 100 × 185 × 203. */
const LARGEST_LAB_DISTANCE = Math.hypot(100, 185, 203);

/**
 * Quick shift (Vedaldi & Soatto, "Quick shift and kernel methods for mode seeking", ECCV 2008). Every position follows the nearest
 * one that is denser; those that end at one position are a segment. The density at a position is the sum of exp(−d²/(2·kernelSize²))
 * over the window around it, d the distance over positions and colours. Three channels are taken for RGB and one for grey, and
 * compared in L*a*b*; others as they are.
 *
 * The segments are those of `quickshift` of scikit-image 0.26, whose noise with `rng=42` breaks ties, numbered by the positions
 * where they end.
 *
 * @param values finite, from 0 to 1
 * @param shape `[height, width, channels]`
 */
export function quickshift(
  values: ArrayLike<number>,
  shape: readonly [height: number, width: number, channels: number],
  { kernelSize, maxDistance, ratio }: QuickshiftOptions,
): Segments {
  const [height, width] = shape;
  const image = { height, width, colours: coloursOf(values, shape[2]).map((value) => value * ratio) };
  const radius = windowOf(kernelSize);
  const densities = densitiesOf(image, radius, kernelSize);
  const normal = numpyNormalsOfSeed42();
  for (let at = 0; at < densities.length; at++) densities[at] = (densities[at] ?? NaN) + NOISE * normal();
  return numbered(denserNeighbours(image, radius, { densities, maxDistance }));
}

/**
 * An upper bound of the number of segments of any image of this shape. Where no two positions of a window are too far apart, only
 * one of them can be an end.
 */
export function mostQuickshiftSegments(
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  { kernelSize, maxDistance, ratio }: QuickshiftOptions,
): number {
  const radius = windowOf(kernelSize);
  const ofColours = channels === 1 || channels === 3 ? LARGEST_LAB_DISTANCE : Math.sqrt(channels);
  if (Math.hypot(radius, radius, ratio * ofColours) > maxDistance) return height * width;
  return Math.ceil(height / (radius + 1)) * Math.ceil(width / (radius + 1));
}

/** How far positions look along each axis. */
const windowOf = (kernelSize: number): number => Math.ceil(3 * kernelSize);

interface Image {
  readonly height: number;
  readonly width: number;
  /** As many for each position. */
  readonly colours: Float64Array;
}

function coloursOf(values: ArrayLike<number>, channels: number): Float64Array {
  if (channels === 3) return labOfRgb(Float64Array.from(values));
  if (channels !== 1) return Float64Array.from(values);
  return labOfRgb(Float64Array.from({ length: 3 * values.length }, (_, at) => values[Math.floor(at / 3)] ?? NaN));
}

/** A position, and a row of the window around it. */
interface WindowRow {
  readonly at: number;
  /** The column of the position. */
  readonly x: number;
  /** How many rows it is away. */
  readonly down: number;
  /** The positions of the row: from `first`, which is in the column `left`, up to `end`. */
  readonly first: number;
  readonly left: number;
  readonly end: number;
}

/** Every row of the window of every position, in their order. */
function eachWindowRow({ height, width }: Image, radius: number, visit: (row: WindowRow) => void): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(width - 1, x + radius);
      for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++)
        visit({ at: y * width + x, x, down: y - row, first: row * width + left, left, end: row * width + right + 1 });
    }
  }
}

/** The square of how far the colours of two positions are apart. */
function squaredColours(colours: Float64Array, channels: number, at: number, other: number): number {
  let sum = 0;
  for (let c = 0; c < channels; c++) {
    const difference = (colours[at * channels + c] ?? NaN) - (colours[other * channels + c] ?? NaN);
    sum += difference * difference;
  }
  return sum;
}

function densitiesOf(image: Image, radius: number, kernelSize: number): Float64Array {
  const { height, width, colours } = image;
  const channels = colours.length / (height * width);
  const densities = new Float64Array(height * width);
  const scale = -0.5 / (kernelSize * kernelSize);
  eachWindowRow(image, radius, ({ at, x, down, first, left, end }) => {
    let sum = densities[at] ?? NaN;
    for (let other = first, across = x - left; other < end; other++, across--)
      sum += Math.exp((squaredColours(colours, channels, at, other) + down * down + across * across) * scale);
    densities[at] = sum;
  });
  return densities;
}

/** For each position the nearest denser one of its window, the first of equal ones; itself if there is none near enough. */
function denserNeighbours(
  image: Image,
  radius: number,
  { densities, maxDistance }: { readonly densities: Float64Array; readonly maxDistance: number },
): Int32Array<ArrayBuffer> {
  const { height, width, colours } = image;
  const channels = colours.length / (height * width);
  const nearest = Int32Array.from(densities, (_, at) => at);
  const squares = new Float64Array(densities.length).fill(Infinity);
  eachWindowRow(image, radius, ({ at, x, down, first, left, end }) => {
    const density = densities[at] ?? NaN;
    for (let other = first, across = x - left; other < end; other++, across--) {
      if (!((densities[other] ?? NaN) > density)) continue;
      const square = squaredColours(colours, channels, at, other) + down * down + across * across;
      if (square >= (squares[at] ?? NaN)) continue;
      squares[at] = square;
      nearest[at] = other;
    }
  });
  return nearest.map((other, at) => (Math.sqrt(squares[at] ?? NaN) > maxDistance ? at : other));
}

/** Segments in the order of the positions where they end. */
function numbered(next: Int32Array<ArrayBuffer>): Segments {
  const ends = next.map((_, at) => {
    let end = at;
    while (next[end] !== end) end = next[end] ?? end;
    return end;
  });
  const numbers = new Map([...new Set(ends)].sort((a, b) => a - b).map((end, number) => [end, number]));
  return { segmentOf: ends.map((end) => numbers.get(end) ?? -1), count: numbers.size };
}
