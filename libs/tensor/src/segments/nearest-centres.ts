import { regularGrid } from './regular-grid.js';

const ROUNDS = 10;

/** The positions at which segments start. */
export interface Centres {
  readonly length: number;
  /** `[length][axis]` */
  readonly at: readonly (readonly number[])[];
  /** The largest distance between neighbouring centres along an axis. */
  readonly step: number;
}

interface Image {
  /** The colours of all positions, position by position: `[depth, height, width, channels]`. */
  readonly colours: Float64Array;
  readonly channels: number;
  readonly positions: readonly [depth: number, height: number, width: number];
}

/**
 * K-means in ten rounds: each centre moves to the mean of the positions that are nearest to it. A squared distance is the squared
 * distance of positions, divided by the square of the centres' step, plus the squared distance of colours. A centre looks at most
 * two steps far along each axis.
 * @returns the number of the nearest centre of each position, `[depth, height, width]`
 */
export function nearestCentres(image: Image, { length, at, step }: Centres): Int32Array<ArrayBuffer> {
  const { colours, channels, positions } = image;
  const [depth, height, width] = positions;
  const reach = regularGrid(positions, length).steps;
  const weight = 1 / (step * step);
  const features = 3 + channels;
  // z, y, x and the colour of each centre.
  const centres = new Float64Array(length * features);
  for (const [k, place] of at.entries()) centres.set(place, k * features);
  const nearest = new Int32Array(depth * height * width).fill(-1);
  const distances = new Float64Array(nearest.length);
  for (let round = 0; round < ROUNDS; round++) {
    distances.fill(Infinity);
    for (let own = 0, k = 0; k < length; k++, own += features) {
      const [cz, cy, cx] = [centres[own] ?? NaN, centres[own + 1] ?? NaN, centres[own + 2] ?? NaN];
      // A centre to which no position was nearest has no place.
      if (Number.isNaN(cz)) continue;
      const [zFrom, zTo] = windowOf(cz, reach[0], depth);
      const [yFrom, yTo] = windowOf(cy, reach[1], height);
      const [xFrom, xTo] = windowOf(cx, reach[2], width);
      for (let z = zFrom; z < zTo; z++) {
        for (let y = yFrom; y < yTo; y++) {
          const row = (z * height + y) * width;
          const [dz, dy] = [cz - z, cy - y];
          const across = dz * dz + dy * dy;
          for (let x = xFrom; x < xTo; x++) {
            let colour = 0;
            for (let c = 0; c < channels; c++) {
              const difference = (colours[(row + x) * channels + c] ?? NaN) - (centres[own + 3 + c] ?? NaN);
              colour += difference * difference;
            }
            const dx = cx - x;
            const distance = (across + dx * dx) * weight + colour;
            if (distance < (distances[row + x] ?? NaN)) {
              nearest[row + x] = k;
              distances[row + x] = distance;
            }
          }
        }
      }
    }
    moveCentres(centres, image, nearest);
  }
  return nearest;
}

/** Moves each centre to the mean of the positions that are nearest to it; to NaN if there are none. */
function moveCentres(centres: Float64Array, { colours, channels, positions }: Image, nearest: Int32Array): void {
  const [, height, width] = positions;
  const features = 3 + channels;
  const members = new Int32Array(centres.length / features);
  const add = (at: number, value: number) => (centres[at] = (centres[at] ?? NaN) + value);
  centres.fill(0);
  for (const [position, k] of nearest.entries()) {
    if (k === -1) continue;
    members[k] = (members[k] ?? 0) + 1;
    const own = k * features;
    add(own, Math.floor(position / (width * height)));
    add(own + 1, Math.floor(position / width) % height);
    add(own + 2, position % width);
    for (let c = 0; c < channels; c++) add(own + 3 + c, colours[position * channels + c] ?? NaN);
  }
  for (let at = 0; at < centres.length; at++) centres[at] = (centres[at] ?? NaN) / (members[Math.floor(at / features)] ?? 0);
}

/** The range of two steps to both sides of a centre, within the image. */
function windowOf(centre: number, step = 1, extent: number): readonly [from: number, to: number] {
  return [Math.trunc(Math.max(centre - 2 * step, 0)), Math.trunc(Math.min(centre + 2 * step + 1, extent))];
}
