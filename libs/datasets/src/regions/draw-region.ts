import type { Placement } from '../images/fit.js';
import type { ImageSize } from '../images/pillow-resize.js';
import type { RegionObject } from './region-objects.js';

/**
 * Draws objects into the region of a sample, `[height, width]`: 1 where a position is inside one of them.
 *
 * The centre of a position is followed back into the image as it is stored. It is inside a box or a polygon if it lies in it, and
 * inside a mask if the pixel there is. So boxes and polygons are exact, and masks are scaled as by Pillow's NEAREST.
 * @param region initially 0
 */
export function drawRegion({
  objects,
  from,
  to,
  placement,
  region,
}: {
  readonly objects: readonly RegionObject[];
  readonly from: ImageSize;
  readonly to: ImageSize;
  readonly placement: Placement;
  readonly region: Float32Array;
}): void {
  const { resized, left, top } = placement;
  const axes = {
    across: { from: from.width, resized: resized.width, first: left, to: to.width },
    down: { from: from.height, resized: resized.height, first: top, to: to.height },
  };
  const [across, down] = [centres(axes.across), centres(axes.down)];
  for (const object of objects) {
    if ('box' in object) drawBox(object.box, { across, down, region });
    else if ('polygons' in object) for (const polygon of object.polygons) drawPolygon(polygon, { across, down, region });
    else drawRuns(object.runs, { from, columns: nearest(axes.across), rows: nearest(axes.down), region });
  }
}

/** Where the centres of the positions along an axis lie in the image. */
interface Grid {
  readonly across: Float64Array;
  readonly down: Float64Array;
  readonly region: Float32Array;
}

/** An axis of the image, of the resized image, and of the sample, whose first position is position `first` of the resized image. */
interface Axis {
  readonly from: number;
  readonly resized: number;
  readonly first: number;
  readonly to: number;
}

/** NaN, which is inside nothing, in the margins. */
function centres({ from, resized, first, to }: Axis): Float64Array {
  return Float64Array.from({ length: to }, (_, at) => {
    const place = at + first;
    return place < 0 || place >= resized ? NaN : ((place + 0.5) * from) / resized;
  });
}

function drawBox([left, top, right, bottom]: readonly number[], { across, down, region }: Grid): void {
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return;
  for (const [row, y] of down.entries()) {
    if (!(y >= top && y < bottom)) continue;
    for (const [column, x] of across.entries()) if (x >= left && x < right) region[row * across.length + column] = 1;
  }
}

/** Even-odd rule along each row of positions. */
function drawPolygon(polygon: readonly number[], { across, down, region }: Grid): void {
  const points = polygon.length / 2;
  for (const [row, y] of down.entries()) {
    const crossings: number[] = [];
    for (let point = 0; point < points; point++) {
      const next = (point + 1) % points;
      const [x0 = 0, y0 = 0] = [polygon[2 * point], polygon[2 * point + 1]];
      const [x1 = 0, y1 = 0] = [polygon[2 * next], polygon[2 * next + 1]];
      if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    }
    if (crossings.length === 0) continue;
    crossings.sort((a, b) => a - b);
    let passed = 0;
    for (const [column, x] of across.entries()) {
      if (Number.isNaN(x)) continue;
      while (passed < crossings.length && (crossings[passed] ?? 0) <= x) passed++;
      if (passed % 2 === 1) region[row * across.length + column] = 1;
    }
  }
}

function drawRuns(
  runs: readonly number[],
  {
    from,
    columns,
    rows,
    region,
  }: { readonly from: ImageSize; readonly columns: Int32Array; readonly rows: Int32Array; readonly region: Float32Array },
): void {
  const mask = new Uint8Array(from.height * from.width);
  let at = 0;
  for (const [turn, length] of runs.entries()) {
    if (turn % 2 === 1) mask.fill(1, at, at + length);
    at += length;
  }
  for (const [row, y] of rows.entries()) {
    for (const [column, x] of columns.entries())
      if (x >= 0 && y >= 0 && mask[y * from.width + x] === 1) region[row * columns.length + column] = 1;
  }
}

/**
 * The pixels that Pillow's NEAREST takes; −1 in the margins. Pillow adds up steps (ImagingScaleAffine in Geometry.c), and so do we:
 * from 10 to 7 a centre lies on an edge.
 */
function nearest({ from, resized, first, to }: Axis): Int32Array {
  const step = from / resized;
  let place = step * 0.5;
  const pixels = Int32Array.from({ length: resized }, () => {
    const pixel = Math.min(from - 1, Math.trunc(place));
    place += step;
    return pixel;
  });
  return Int32Array.from({ length: to }, (_, at) => pixels[at + first] ?? -1);
}
