/**
 * A region plus all positions at most `margin` away from it, by the Euclidean distance between the centres of positions.
 *
 * The squared distance to the region is computed axis by axis, d²(x, y) = min over j of (j − y)² + d²(x, j). It is exact, in
 * whole numbers.
 *
 * @param region 1 inside, else 0
 * @param extents of its axes; the last axis varies fastest
 */
export function widened(
  region: Float32Array<ArrayBuffer>,
  extents: readonly number[],
  margin: number,
): Float32Array<ArrayBuffer> {
  if (margin === 0) return region;
  let squares = Float64Array.from(region, (inside) => (inside === 1 ? 0 : Infinity));
  let stride = region.length;
  for (const extent of extents) {
    stride /= extent;
    const before = squares;
    squares = before.map((_, at) => {
      const place = Math.floor(at / stride) % extent;
      let least = Infinity;
      for (let other = Math.max(0, place - margin); other <= Math.min(extent - 1, place + margin); other++)
        least = Math.min(least, (other - place) ** 2 + (before[at + (other - place) * stride] ?? Infinity));
      return least;
    });
  }
  return Float32Array.from(squares, (square) => (square <= margin * margin ? 1 : 0));
}
