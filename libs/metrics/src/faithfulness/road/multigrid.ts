type Float64 = Float64Array<ArrayBuffer>;

/**
 * The linear system of a weighted graph: of each unknown its diagonal times itself less the weighted sum over those it is joined to. Rows of
 * `columns` and `weights` lie one after the other, row i from `starts[i]` on.
 */
export interface Graph {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly weights: Float64;
  readonly diagonal: Float64;
  /** Where each unknown lies, in row-major order. */
  readonly positionOf: Int32Array;
  /** The extents of the grid it lies in. */
  readonly extents: readonly number[];
}

interface Level extends Graph {
  /** The unknown of the next level that each belongs to; none on the last. */
  readonly parentOf?: Int32Array;
  readonly solution: Float64;
  readonly right: Float64;
}

const COARSEST = 16;
/** Braess 1995: a correction that is constant over a cell is too small by about this. */
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
 * What nearly solves the system: one V-cycle of multigrid over cells of two positions along each axis, their unknowns joined into one
 * (Braess 1995, "Towards algebraic multigrid for elliptic problems of second order", Computing 55). Symmetric and positive definite, as a
 * preconditioner of conjugate gradients has to be: sweeps of Gauss and Seidel go forwards before and backwards after.
 *
 * @returns puts the approximate solution for `right` into `solution`
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

/** One sweep of Gauss and Seidel. */
function smooth(level: Level, forwards: boolean): void {
  const { solution, right, diagonal } = level;
  const count = solution.length;
  for (let step = 0; step < count; step++) {
    const i = forwards ? step : count - 1 - step;
    solution[i] = ((right[i] ?? NaN) + joinedSum(level, i, solution)) / (diagonal[i] ?? NaN);
  }
}

/** The system of cells of two positions along each axis: what joins two unknowns of a cell is gone, what joins cells is added up. */
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
  // Where a cell that this one is joined to stands in `columns`; before the row's start: nowhere yet.
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

/** The cell of two positions along each axis that a position lies in. */
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
