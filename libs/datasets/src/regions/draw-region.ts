import type { ImageSize } from '../images/pillow-bilinear.js';
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
  region,
}: {
  readonly objects: readonly RegionObject[];
  readonly from: ImageSize;
  readonly to: ImageSize;
  readonly region: Float32Array;
}): void {
  const [across, down] = [centres(from.width, to.width), centres(from.height, to.height)];
  for (const object of objects) {
    if ('box' in object) drawBox(object.box, { across, down, region });
    else if ('polygons' in object) for (const polygon of object.polygons) drawPolygon(polygon, { across, down, region });
    else drawRuns(object.runs, { from, to, region });
  }
}

/** Where the centres of the positions along an axis lie in the image. */
interface Grid {
  readonly across: Float64Array;
  readonly down: Float64Array;
  readonly region: Float32Array;
}

function centres(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to }, (_, at) => ((at + 0.5) * from) / to);
}

function drawBox([left, top, right, bottom]: readonly number[], { across, down, region }: Grid): void {
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return;
  const first = across.findIndex((x) => x >= left);
  const beyond = across.findIndex((x) => x >= right);
  const end = beyond === -1 ? across.length : beyond;
  if (first === -1 || end <= first) return;
  for (const [row, y] of down.entries())
    if (y >= top && y < bottom) region.fill(1, row * across.length + first, row * across.length + end);
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
    crossings.sort((a, b) => a - b);
    let passed = 0;
    for (const [column, x] of across.entries()) {
      while (passed < crossings.length && (crossings[passed] ?? 0) <= x) passed++;
      if (passed % 2 === 1) region[row * across.length + column] = 1;
    }
  }
}

function drawRuns(
  runs: readonly number[],
  { from, to, region }: { readonly from: ImageSize; readonly to: ImageSize; readonly region: Float32Array },
): void {
  const mask = new Uint8Array(from.height * from.width);
  let at = 0;
  for (const [turn, length] of runs.entries()) {
    if (turn % 2 === 1) mask.fill(1, at, at + length);
    at += length;
  }
  const [columns, rows] = [nearest(from.width, to.width), nearest(from.height, to.height)];
  for (const [row, y] of rows.entries())
    for (const [column, x] of columns.entries()) if (mask[y * from.width + x] === 1) region[row * to.width + column] = 1;
}

/** The pixels that Pillow's NEAREST takes. It adds up steps (ImagingScaleAffine in Geometry.c), and so do we: 10 to 7 has a tie. */
function nearest(from: number, to: number): Int32Array {
  const step = from / to;
  let place = step * 0.5;
  return Int32Array.from({ length: to }, () => {
    const pixel = Math.min(from - 1, Math.trunc(place));
    place += step;
    return pixel;
  });
}
