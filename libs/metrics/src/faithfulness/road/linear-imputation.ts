import { joinedSum, multigrid, type Graph } from './multigrid.js';

type Float64 = Float64Array<ArrayBuffer>;

/**
 * The root mean square by which positions may differ from the mean of their neighbours, as a share of the largest value. Float32
 * has 6e-8.
 */
const TOLERANCE = 1e-8;

/**
 * Iterations before multigrid is set up. Scattered gaps of a 224 × 224 image are solved by then. A gap of 90 % in one piece takes
 * some 900 plain iterations, or 20 with multigrid.
 */
const PLAIN = 30;

/**
 * The positions of a grid within a grid that is one position wider at every border, so that no border check is needed to find
 * neighbours.
 */
export interface Neighbours {
  /** The place of each position in the wider grid. */
  readonly placeOf: Int32Array;
  readonly places: number;
  /** The steps from a place to its neighbours. */
  readonly offsets: Int32Array;
  /** One weight per offset. */
  readonly weights: Float64;
  /** For each position, the sum of the weights of its existing neighbours. */
  readonly totals: Float64;
  readonly extents: readonly number[];
}

/**
 * All neighbours that differ by at most one along each axis. Their weights are proportional to 1 / (number of axes along which
 * they differ): in an image 1/6 for those beside, above and below, and 1/12 for the diagonal ones.
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
    ...{ placeOf: Int32Array.from(places), places: stride, totals, extents: positions },
    offsets: Int32Array.from(neighbours, ({ offset }) => offset),
    weights: Float64Array.from(neighbours, ({ axes }) => 1 / axes),
  };
}

/**
 * Replaces each missing position by the weighted mean of its neighbours, for all positions at once. This solves a linear system
 * by conjugate gradients (Hestenes and Stiefel 1952). The preconditioner is the diagonal, and multigrid if that takes long. The
 * matrix is symmetric, and it is positive definite if any position is known.
 *
 * @param missing positions, not all of them
 * @returns a function that imputes the values of one channel, one per position, in place; the values at missing positions are the
 * first guess
 */
export function linearImputation(missing: Int32Array, neighbours: Neighbours): (values: Float64) => void {
  const { placeOf, places, offsets, weights } = neighbours;
  const graph = graphOf(missing, neighbours);
  let cycle: Precondition | undefined;
  const grid = new Float64Array(places);
  return (values) => {
    let largest = 0;
    for (const [position, value] of values.entries()) {
      grid[placeOf[position] ?? -1] = value;
      largest = Math.max(largest, Math.abs(value));
    }
    const residual = Float64Array.from(missing, (position, i) => {
      const place = placeOf[position] ?? -1;
      let sum = 0;
      for (let n = 0; n < offsets.length; n++) sum += (weights[n] ?? NaN) * (grid[place + (offsets[n] ?? 0)] ?? NaN);
      return sum - (graph.diagonal[i] ?? NaN) * (grid[place] ?? NaN);
    });
    const correction = new Float64Array(missing.length);
    const solving = { residual, correction, tolerance: TOLERANCE * largest };
    // If one channel takes long, the others do too.
    const done = cycle === undefined && conjugateGradients(graph, { ...solving, precondition: byDiagonal(graph), most: PLAIN });
    if (!done) {
      cycle ??= multigrid(graph);
      conjugateGradients(graph, { ...solving, precondition: cycle, most: Infinity });
    }
    for (const [i, position] of missing.entries()) values[position] = (values[position] ?? NaN) + (correction[i] ?? NaN);
  };
}

/** The graph of the missing positions and their missing neighbours. */
function graphOf(missing: Int32Array, { placeOf, places, offsets, weights: weightOf, totals, extents }: Neighbours): Graph {
  const unknownAt = new Int32Array(places).fill(-1);
  for (const [i, position] of missing.entries()) unknownAt[placeOf[position] ?? -1] = i;
  const starts = new Int32Array(missing.length + 1);
  const columns = new Int32Array(missing.length * offsets.length);
  const weights = new Float64Array(columns.length);
  let joined = 0;
  for (const [i, position] of missing.entries()) {
    for (const [n, offset] of offsets.entries()) {
      const other = unknownAt[(placeOf[position] ?? -1) + offset] ?? -1;
      if (other === -1) continue;
      columns[joined] = other;
      weights[joined++] = weightOf[n] ?? NaN;
    }
    starts[i + 1] = joined;
  }
  const diagonal = Float64Array.from(missing, (position) => totals[position] ?? NaN);
  return {
    ...{ starts, columns: columns.slice(0, joined), weights: weights.slice(0, joined) },
    diagonal,
    positionOf: missing,
    extents,
  };
}

type Precondition = (right: Float64, solution: Float64) => void;

function byDiagonal({ diagonal }: Graph): Precondition {
  return (right, solution) => {
    for (let i = 0; i < right.length; i++) solution[i] = (right[i] ?? NaN) / (diagonal[i] ?? NaN);
  };
}

interface Solving {
  /** The right-hand side minus the matrix times `correction`. The solver updates both. */
  readonly residual: Float64;
  readonly correction: Float64;
  readonly precondition: Precondition;
  /** For the residual divided by the diagonal, root mean square. */
  readonly tolerance: number;
  /** The most iterations. */
  readonly most: number;
}

/** @returns whether the tolerance was reached */
function conjugateGradients(graph: Graph, { residual, correction, precondition, tolerance, most }: Solving): boolean {
  const count = residual.length;
  const { diagonal } = graph;
  const [direction, near, applied] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const enough = tolerance ** 2 * count;
  let product = 0;
  for (let iteration = 0; ; iteration++) {
    let left = 0;
    for (let i = 0; i < count; i++) left += ((residual[i] ?? NaN) / (diagonal[i] ?? NaN)) ** 2;
    if (left <= enough) return true;
    if (iteration === most) return false;
    precondition(residual, near);
    const before = product;
    product = innerProduct(residual, near);
    const share = before === 0 ? 0 : product / before;
    for (let i = 0; i < count; i++) direction[i] = (near[i] ?? NaN) + share * (direction[i] ?? NaN);
    for (let i = 0; i < count; i++) applied[i] = (diagonal[i] ?? NaN) * (direction[i] ?? NaN) - joinedSum(graph, i, direction);
    const step = product / innerProduct(direction, applied);
    for (let i = 0; i < count; i++) {
      correction[i] = (correction[i] ?? NaN) + step * (direction[i] ?? NaN);
      residual[i] = (residual[i] ?? NaN) - step * (applied[i] ?? NaN);
    }
  }
}

function innerProduct(a: Float64, b: Float64): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? NaN) * (b[i] ?? NaN);
  return sum;
}
