import { extremesOf, felzenszwalb } from '@xaigrid/tensor';

/** How regions are found, with lengths and areas in positions. */
export interface RegionOptions {
  /** One segmentation each. */
  readonly scales: readonly number[];
  readonly sigma: number;
  /** Smaller segments join a neighbour. */
  readonly minSize: number;
  /** Each segment grows by a disk of this radius. */
  readonly radius: number;
}

/** A region: its positions, ascending. Regions overlap. */
export type Region = Int32Array<ArrayBuffer>;

/**
 * The regions of an image: its segments at several scales, each grown by a disk. Values are first scaled to −1 … 1, because
 * Felzenszwalb's scales are about values of that size.
 * @param values finite, flat
 */
export function regionsOf(
  values: ArrayLike<number>,
  shape: readonly [height: number, width: number, channels: number],
  { scales, sigma, minSize, radius }: RegionOptions,
): Region[] {
  const { min, max } = extremesOf(Float32Array.from(values));
  const scaled = Float64Array.from(values, (value) => (max > min ? (2 * (value - min)) / (max - min) - 1 : 0));
  return scales.flatMap((scale) => {
    const { segmentOf, count } = felzenszwalb(scaled, shape, { scale, sigma, minSize });
    return grown(segmentOf, count, shape, radius);
  });
}

/** The segments, each with all positions within `radius` of it. */
function grown(segmentOf: Int32Array, count: number, [height, width]: readonly number[], radius: number): Region[] {
  const disk = diskOf(radius);
  const members = Array.from({ length: count }, () => new Set<number>());
  const [rows = 0, columns = 0] = [height, width];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const segment = segmentOf[y * columns + x] ?? 0;
      for (const [down, right] of disk) {
        const [row, column] = [y + down, x + right];
        if (row >= 0 && row < rows && column >= 0 && column < columns) members[segment]?.add(row * columns + column);
      }
    }
  }
  return members.map((positions) => Int32Array.from(positions).sort());
}

function diskOf(radius: number): (readonly [down: number, right: number])[] {
  const span = Array.from({ length: 2 * radius + 1 }, (_, at) => at - radius);
  return span.flatMap((down) => span.flatMap((right) => (down ** 2 + right ** 2 <= radius ** 2 ? [[down, right] as const] : [])));
}

/**
 * Ranks regions by what they add (Kapishnikov et al. 2019, algorithm 1): again and again the region is taken whose positions that
 * are not covered yet have the highest mean attribution, and these positions get that mean. A region that would add fewer than
 * `fewest` positions is left out. What no region covers gets its own mean.
 *
 * The sums are kept for each region and brought up to date where positions are covered, so that every pair of a region and a position is
 * visited twice at most.
 * @param attributions one number a position
 */
export function rankedByRegions(attributions: ArrayLike<number>, regions: readonly Region[], fewest: number): Float64Array {
  const size = attributions.length;
  const ranked = new Float64Array(size);
  const covered = new Uint8Array(size);
  const counts = Float64Array.from(regions, ({ length }) => length);
  const sums = Float64Array.from(regions, (region) => region.reduce((sum, position) => sum + (attributions[position] ?? NaN), 0));
  const regionsAt = regionsByPosition(regions, size);
  const left = new Set(regions.keys());
  for (;;) {
    let [best, gain] = [-1, -Infinity];
    for (const region of left) {
      const count = counts[region] ?? 0;
      if (count < Math.max(1, fewest)) {
        left.delete(region);
        continue;
      }
      const density = (sums[region] ?? NaN) / count;
      if (density > gain) [best, gain] = [region, density];
    }
    if (best === -1) break;
    left.delete(best);
    for (const position of regions[best] ?? []) {
      if (covered[position] === 1) continue;
      covered[position] = 1;
      ranked[position] = gain;
      for (const region of regionsAt(position)) {
        counts[region] = (counts[region] ?? 0) - 1;
        sums[region] = (sums[region] ?? 0) - (attributions[position] ?? NaN);
      }
    }
  }
  fillUncovered(ranked, covered, attributions);
  return ranked;
}

/** The regions that each position is in. */
function regionsByPosition(regions: readonly Region[], size: number): (position: number) => Int32Array {
  const ends = new Int32Array(size + 1);
  for (const region of regions) for (const position of region) ends[position + 1] = (ends[position + 1] ?? 0) + 1;
  for (let position = 0; position < size; position++) ends[position + 1] = (ends[position + 1] ?? 0) + (ends[position] ?? 0);
  const listed = new Int32Array(ends[size] ?? 0);
  const next = ends.slice();
  for (const [number, region] of regions.entries()) {
    for (const position of region) {
      const at = next[position] ?? 0;
      listed[at] = number;
      next[position] = at + 1;
    }
  }
  return (position) => listed.subarray(ends[position] ?? 0, ends[position + 1] ?? 0);
}

function fillUncovered(ranked: Float64Array, covered: Uint8Array, attributions: ArrayLike<number>): void {
  let [sum, count] = [0, 0];
  for (let position = 0; position < covered.length; position++) {
    if (covered[position] === 1) continue;
    sum += attributions[position] ?? NaN;
    count += 1;
  }
  for (let position = 0; position < covered.length; position++) if (covered[position] === 0) ranked[position] = sum / count;
}
