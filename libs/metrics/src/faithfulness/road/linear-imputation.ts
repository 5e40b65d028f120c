type Float64 = Float64Array<ArrayBuffer>;

/** Root mean square by which positions may miss the mean of their neighbours, as a share of the largest value: float32 has 6e-8. */
const TOLERANCE = 1e-8;

/** How positions of a grid lie in one that is a position wider at every border, where neighbours are found without asking for borders. */
export interface Neighbours {
  /** Of each position, its place in the wider grid. */
  readonly placeOf: Int32Array;
  readonly places: number;
  /** From a place to its neighbours. */
  readonly offsets: Int32Array;
  /** One an offset. */
  readonly weights: Float64;
  /** Of each position, the sum of the weights of its neighbours that exist. */
  readonly totals: Float64;
}

/**
 * All neighbours that differ by at most one along each axis, weighted by 1 / (number of axes along which they differ): of an image 2 for those
 * beside, above and below to 1 for those across, which is 1/6 to 1/12.
 *
 * @param positions `[length]`, `[height, width]`, `[depth, height, width]`
 */
export function neighboursOf(positions: readonly number[]): Neighbours {
  let steps: { readonly offset: number; readonly axes: number }[] = [{ offset: 0, axes: 0 }];
  let places: number[] = [0];
  let stride = 1;
  for (const extent of positions.toReversed()) {
    const along = stride;
    steps = [-1, 0, 1].flatMap((step) =>
      steps.map(({ offset, axes }) => ({ offset: offset + step * along, axes: axes + Math.abs(step) })),
    );
    const inner = places;
    places = Array.from({ length: extent }, (_, at) => inner.map((place) => place + (at + 1) * along)).flat();
    stride *= extent + 2;
  }
  const neighbours = steps.filter(({ axes }) => axes > 0);
  const exists = new Uint8Array(stride);
  for (const place of places) exists[place] = 1;
  const totals = Float64Array.from(places, (place) =>
    neighbours.reduce((sum, { offset, axes }) => sum + (exists[place + offset] ?? 0) / axes, 0),
  );
  return {
    ...{ placeOf: Int32Array.from(places), places: stride, totals },
    offsets: Int32Array.from(neighbours, ({ offset }) => offset),
    weights: Float64Array.from(neighbours, ({ axes }) => 1 / axes),
  };
}

/**
 * Puts the weighted mean of its neighbours at each missing position, all at once: the solution of the linear system of these means, by conjugate
 * gradients (Hestenes and Stiefel 1952), preconditioned by the diagonal; the matrix is symmetric, and positive definite if anything is known.
 *
 * @param values of one channel, one a position; where something is missing the first guess, in whose place the solution is put
 * @param missing positions, not all of them
 */
export function imputeLinearly(
  values: Float64,
  missing: Int32Array,
  { placeOf, places, offsets, weights, totals }: Neighbours,
): void {
  const grid = new Float64Array(places);
  let largest = 0;
  for (const [position, value] of values.entries()) {
    grid[placeOf[position] ?? -1] = value;
    largest = Math.max(largest, Math.abs(value));
  }
  const at = missing.map((position) => placeOf[position] ?? -1);
  const diagonal = Float64Array.from(missing, (position) => totals[position] ?? NaN);
  const count = missing.length;
  const neighbourSum = (of: Float64, place: number): number => {
    let sum = 0;
    for (let n = 0; n < offsets.length; n++) sum += (weights[n] ?? NaN) * (of[place + (offsets[n] ?? 0)] ?? NaN);
    return sum;
  };
  const residual = new Float64Array(count);
  // Zero wherever a value is known, so that sums over neighbours are those over missing ones.
  const direction = new Float64Array(places);
  let product = 0;
  for (let i = 0; i < count; i++) {
    const place = at[i] ?? -1;
    const r = neighbourSum(grid, place) - (diagonal[i] ?? NaN) * (grid[place] ?? NaN);
    residual[i] = r;
    direction[place] = r / (diagonal[i] ?? NaN);
    product += (r * r) / (diagonal[i] ?? NaN);
  }
  const enough = (TOLERANCE * largest) ** 2 * count;
  const applied = new Float64Array(count);
  while (product > enough) {
    let curvature = 0;
    for (let i = 0; i < count; i++) {
      const place = at[i] ?? -1;
      const own = direction[place] ?? NaN;
      const value = (diagonal[i] ?? NaN) * own - neighbourSum(direction, place);
      applied[i] = value;
      curvature += own * value;
    }
    const step = product / curvature;
    let next = 0;
    for (let i = 0; i < count; i++) {
      const place = at[i] ?? -1;
      grid[place] = (grid[place] ?? NaN) + step * (direction[place] ?? NaN);
      const r = (residual[i] ?? NaN) - step * (applied[i] ?? NaN);
      residual[i] = r;
      next += (r * r) / (diagonal[i] ?? NaN);
    }
    const share = next / product;
    for (let i = 0; i < count; i++) {
      const place = at[i] ?? -1;
      direction[place] = (residual[i] ?? NaN) / (diagonal[i] ?? NaN) + share * (direction[place] ?? NaN);
    }
    product = next;
  }
  for (let i = 0; i < count; i++) values[missing[i] ?? -1] = grid[at[i] ?? -1] ?? NaN;
}
