/**
 * The area under straight lines from point to point.
 * @param xs ascending, one per y; absent: 0, 1, 2, …
 */
export function trapezoid(ys: ArrayLike<number>, xs?: ArrayLike<number>): number {
  let area = 0;
  for (let at = 1; at < ys.length; at++) {
    const width = xs === undefined ? 1 : (xs[at] ?? NaN) - (xs[at - 1] ?? NaN);
    area += (width * ((ys[at] ?? NaN) + (ys[at - 1] ?? NaN))) / 2;
  }
  return area;
}
