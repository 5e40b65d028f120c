type Float64 = Float64Array<ArrayBuffer>;

/**
 * The linear system of a weighted graph. Row i is: diagonal i times unknown i, minus the weighted sum of the unknowns it is
 * joined to. Rows of `columns` and `weights` follow each other; row i begins at `starts[i]`.
 */
export interface Graph {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float64;
  readonly diagonal: Float64;
  /** The position of each unknown, in row-major order. */
  readonly positionOf: Int32Array;
  /** The extents of the grid of positions. */
  readonly extents: readonly number[];
}

interface Level extends Graph {
  /** The unknown of the next level to which each unknown belongs. Absent on the last level. */
  readonly parentOf?: Int32Array;
  readonly solution: Float64;
  readonly right: Float64;
}

const COARSEST = 16;
/** A correction that is constant over a cell is too small by about this factor (Braess 1995). */
const OVERCORRECTION = 1.8;

/** Σ_j w_ij · of_j */
export function joinedSum({ starts, columns, weights }: Graph, row: number, of: Float64): number {
  let sum = 0;
  for (let at = starts[row] ?? 0, end = starts[row + 1] ?? 0; at < end; at++) {
    sum += (weights[at] ?? NaN) * (of[columns[at] ?? -1] ?? NaN);
  }
  return sum;
}

/**
 * Makes an approximate solver: one V-cycle of multigrid over cells of two positions along each axis, whose unknowns are joined
 * into one (Braess 1995, "Towards algebraic multigrid for elliptic problems of second order", Computing 55). It is symmetric and
 * positive definite, which a preconditioner of conjugate gradients must be: Gauss-Seidel sweeps go forwards before the correction
 * and backwards after it.
 *
 * @returns a function that writes the approximate solution for `right` into `solution`
 */
export function multigrid(graph: Graph): (right: Float64, solution: Float64) => void {
  const levels: Level[] = [];
  for (let finest: Graph | undefined = graph; finest !== undefined;) {
    const count: number = finest.diagonal.length;
    const joined: { readonly coarse: Graph; readonly parentOf: Int32Array } | undefined =
      count > COARSEST && finest.extents.some((extent) => extent > 1) ? joinedCells(finest) : undefined;
    const { parentOf } = joined ?? {};
    levels.push({
      ...{ ...finest, solution: new Float64Array(count), right: new Float64Array(count) },
      ...(parentOf === undefined ? {} : { parentOf }),
    });
    finest = joined?.coarse;
  }
  return (right, solution) => {
    const [first] = levels;
    if (first === undefined) return;
    first.right.set(right);
    cycle(levels, 0);
    solution.set(first.solution);
  };
}

function cycle(levels: readonly Level[], depth: number): void {
  const level = levels[depth];
  if (level === undefined) return;
  const { parentOf, solution, right, diagonal } = level;
  solution.fill(0);
  const coarse = levels[depth + 1];
  if (parentOf === undefined || coarse === undefined) {
    for (let sweep = 0; sweep < COARSEST; sweep++) smooth(level, sweep % 2 === 0);
    return;
  }
  smooth(level, true);
  coarse.right.fill(0);
  for (let i = 0; i < solution.length; i++) {
    const left = (right[i] ?? NaN) + joinedSum(level, i, solution) - (diagonal[i] ?? NaN) * (solution[i] ?? NaN);
    const parent = parentOf[i] ?? -1;
    coarse.right[parent] = (coarse.right[parent] ?? NaN) + left;
  }
  cycle(levels, depth + 1);
  for (let i = 0; i < solution.length; i++) {
    solution[i] = (solution[i] ?? NaN) + OVERCORRECTION * (coarse.solution[parentOf[i] ?? -1] ?? NaN);
  }
  smooth(level, false);
}

/** One Gauss-Seidel sweep. */
function smooth(level: Level, forwards: boolean): void {
  const { solution, right, diagonal } = level;
  const count = solution.length;
  for (let step = 0; step < count; step++) {
    const i = forwards ? step : count - 1 - step;
    solution[i] = ((right[i] ?? NaN) + joinedSum(level, i, solution)) / (diagonal[i] ?? NaN);
  }
}

/**
 * The system of cells of two positions along each axis. Connections within a cell disappear; connections between two cells are
 * added up.
 */
function joinedCells(fine: Graph): { readonly coarse: Graph; readonly parentOf: Int32Array } {
  const extents = fine.extents.map((extent) => Math.ceil(extent / 2));
  const unknownAt = new Int32Array(extents.reduce((a, b) => a * b, 1)).fill(-1);
  const positions: number[] = [];
  const parentOf = fine.positionOf.map((position) => {
    const cell = cellOf(position, fine.extents);
    if (unknownAt[cell] === -1) unknownAt[cell] = positions.push(cell) - 1;
    return unknownAt[cell] ?? -1;
  });
  const children: number[][] = positions.map(() => []);
  for (const [child, parent] of parentOf.entries()) children[parent]?.push(child);
  const starts = new Int32Array(positions.length + 1);
  const diagonal = new Float64Array(positions.length);
  const columns: number[] = [];
  const weights: number[] = [];
  // The index in `columns` of each cell that this one is joined to. Below the row's start: no entry yet.
  const placeOf = new Int32Array(positions.length).fill(-1);
  for (const [parent, own] of children.entries()) {
    const start = columns.length;
    starts[parent] = start;
    for (const child of own) {
      diagonal[parent] = (diagonal[parent] ?? NaN) + (fine.diagonal[child] ?? NaN);
      for (let at = fine.starts[child] ?? 0, end = fine.starts[child + 1] ?? 0; at < end; at++) {
        const weight = fine.weights[at] ?? NaN;
        const other = parentOf[fine.columns[at] ?? -1] ?? -1;
        if (other === parent) diagonal[parent] = (diagonal[parent] ?? NaN) - weight;
        else if ((placeOf[other] ?? -1) >= start) weights[placeOf[other] ?? -1] = (weights[placeOf[other] ?? -1] ?? NaN) + weight;
        else {
          placeOf[other] = columns.push(other) - 1;
          weights.push(weight);
        }
      }
    }
  }
  starts[positions.length] = columns.length;
  return {
    parentOf,
    coarse: {
      ...{ starts, diagonal, extents, positionOf: Int32Array.from(positions) },
      ...{ columns: Int32Array.from(columns), weights: Float64Array.from(weights) },
    },
  };
}

/** The cell, of two positions along each axis, that contains a position. */
function cellOf(position: number, extents: readonly number[]): number {
  let [rest, cell, stride] = [position, 0, 1];
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis] ?? 1;
    cell += Math.floor((rest % extent) / 2) * stride;
    stride *= Math.ceil(extent / 2);
    rest = Math.floor(rest / extent);
  }
  return cell;
}
