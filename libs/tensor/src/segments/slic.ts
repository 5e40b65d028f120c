import { extremesOf } from '../extremes.js';
import { sizeOf } from '../tensor.js';
import { connectedSegments, type Segments } from './connected-segments.js';
import { labOfRgb } from './lab.js';
import { nearestCentres, type Centres } from './nearest-centres.js';
import { regularGrid } from './regular-grid.js';

/** The smallest and the largest segment, as shares of the average size. */
const [SMALLEST, LARGEST] = [0.5, 3];

/** The options of `slic`, as scikit-image names them (`n_segments`, `compactness`). */
export interface SlicOptions {
  /** The approximate number of segments. */
  readonly segments: number;
  /** The weight of distance against colour. High values give square segments. */
  readonly compactness: number;
}

/**
 * SLIC superpixels (Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", TPAMI 2012): ten rounds
 * of k-means over positions and colours. Centres start on a regular grid, and each looks at most two steps of the grid far. Then
 * segments are made connected. Values are first scaled to 0 … 1 over the whole image. Three channels are taken for RGB and
 * compared in L*a*b*.
 *
 * The segments are those of `slic` of scikit-image 0.26 with its defaults.
 *
 * @param values finite
 * @param shape `[height, width, channels]` or `[depth, height, width, channels]`
 */
export function slic(
  values: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  { segments, compactness }: SlicOptions,
): Segments {
  const channels = shape.at(-1) ?? 1;
  const extents = [...(shape.length === 3 ? [1] : []), ...shape.slice(0, -1)];
  const positions = [extents[0] ?? 1, extents[1] ?? 1, extents[2] ?? 1] as const;
  const share = 1 / compactness;
  const colours = coloursOf(values, channels).map((value) => value * share);
  const centres = centresOf(positions, segments);
  const size = sizeOf(positions) / centres.length;
  return connectedSegments(nearestCentres({ colours, channels, positions }, centres), positions, {
    smallest: Math.floor(SMALLEST * size),
    largest: Math.floor(LARGEST * size),
  });
}

/** An upper bound of the number of segments that `slic` makes of any image of this shape. */
export function mostSegments(shape: readonly number[], segments: number): number {
  const positions = shape.length === 3 ? [1, ...shape.slice(0, -1)] : shape.slice(0, -1);
  const { length } = centresOf(positions, segments);
  const size = sizeOf(positions);
  return Math.floor(size / Math.max(1, Math.floor((SMALLEST * size) / length)));
}

function centresOf(positions: readonly number[], count: number): Centres {
  const { starts, steps } = regularGrid(positions, count);
  const at = positions.reduce<number[][]>(
    (heads, extent, axis) => {
      const [start, step] = [starts[axis] ?? 0, steps[axis] ?? 1];
      const along = Array.from({ length: Math.ceil((extent - start) / step) }, (_, i) => start + i * step);
      return heads.flatMap((head) => along.map((place) => [...head, place]));
    },
    [[]],
  );
  return { length: at.length, at, step: Math.max(...steps) };
}

/** Colours from 0 to 1 over the whole image; of three channels, their L*a*b*. */
function coloursOf(values: Float32Array<ArrayBuffer>, channels: number): Float64Array<ArrayBuffer> {
  const { min, max } = extremesOf(values);
  const scale = max === min ? 1 : max - min;
  const scaled = Float64Array.from(values, (value) => (value - min) / scale);
  return channels === 3 ? labOfRgb(scaled) : scaled;
}
