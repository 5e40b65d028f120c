import { sampleRandom } from '@xaigrid/tensor';

type Vector = Float64Array<ArrayBuffer>;

/** A matrix M, row by row. */
export interface Matrix {
  readonly data: Vector;
  readonly rows: number;
  readonly columns: number;
}

/** How far ‖Gq − θq‖ may be from 0 at the end, as a share of θ. */
const RESIDUAL = 1e-13;

/**
 * M·v, where v is the first right singular vector of M: the rows in the direction in which they are longest. The sign is the one
 * with which the result and the sums of the rows do not disagree (their product is not negative).
 *
 * By Lanczos' iteration (1950) with full reorthogonalisation, on the smaller of MMᵀ and MᵀM, from a fixed start.
 * @returns `[rows]`; zeros for a matrix of zeros
 */
export function firstComponent(matrix: Matrix): Vector {
  const { data, rows, columns } = matrix;
  if (data.every((value) => value === 0)) return new Float64Array(rows);
  const found = rows < columns ? timesTransposed(matrix, firstVector(matrix, 'rows')) : firstVector(matrix, 'columns');
  const length = Math.sqrt(dot(found, found));
  const projected = times(
    matrix,
    found.map((value) => value / length),
  );
  let agreement = 0;
  for (const [at, value] of data.entries()) agreement += value * (projected[Math.floor(at / columns)] ?? NaN);
  return agreement < 0 ? projected.map((value) => -value) : projected;
}

/** The eigenvector of the largest eigenvalue of MMᵀ (`rows`) or MᵀM (`columns`). */
function firstVector(matrix: Matrix, side: 'rows' | 'columns'): Vector {
  const size = matrix[side];
  const apply = (vector: Vector): Vector =>
    side === 'rows' ? times(matrix, timesTransposed(matrix, vector)) : timesTransposed(matrix, times(matrix, vector));
  const random = sampleRandom(0, 0, 0);
  const basis = [normalised(Float64Array.from({ length: size }, () => random.uniform() - 0.5))];
  const diagonal: number[] = [];
  const beside: number[] = [];
  for (;;) {
    const last = basis.at(-1) ?? new Float64Array(size);
    const next = apply(last);
    diagonal.push(dot(next, last));
    // Twice is enough (Parlett 1980).
    for (let time = 0; time < 2; time++) for (const vector of basis) addMultiple(next, vector, -dot(next, vector));
    const length = Math.sqrt(dot(next, next));
    const { value, vector } = firstOfTridiagonal(diagonal, beside);
    const residual = length * Math.abs(vector.at(-1) ?? NaN);
    if (!(residual > RESIDUAL * value) || basis.length === size) {
      const found = new Float64Array(size);
      for (const [at, one] of basis.entries()) addMultiple(found, one, vector[at] ?? NaN);
      return found;
    }
    beside.push(length);
    basis.push(next.map((entry) => entry / length));
  }
}

/**
 * The largest eigenvalue of a symmetric tridiagonal matrix, by bisection, and its eigenvector, by inverse iteration from above,
 * where no pivot is 0.
 */
function firstOfTridiagonal(diagonal: readonly number[], beside: readonly number[]) {
  const size = diagonal.length;
  const reach = diagonal.map((value, at) => value + Math.abs(beside[at - 1] ?? 0) + Math.abs(beside[at] ?? 0));
  let low = Math.max(...diagonal);
  let high = Math.max(...reach);
  const pivots = new Float64Array(size);
  /** Whether all eigenvalues are below: all pivots of T − shift are negative. */
  const isAbove = (shift: number): boolean => {
    for (let at = 0; at < size; at++) {
      const before = at === 0 ? 0 : (beside[at - 1] ?? NaN) ** 2 / (pivots[at - 1] ?? NaN);
      pivots[at] = (diagonal[at] ?? NaN) - shift - before;
      if (!((pivots[at] ?? NaN) < 0)) return false;
    }
    return true;
  };
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) high = middle;
    else low = middle;
  }
  let shift = high;
  for (let step = 2 ** -52 * Math.abs(high); step > 0 && !isAbove(shift) && Number.isFinite(step); step *= 2) shift = high + step;
  let vector = new Float64Array(size).fill(1);
  for (let time = 0; time < 3; time++) {
    for (let at = 1; at < size; at++)
      vector[at] = (vector[at] ?? NaN) - ((beside[at - 1] ?? NaN) / (pivots[at - 1] ?? NaN)) * (vector[at - 1] ?? NaN);
    for (let at = size - 1; at >= 0; at--) {
      const after = at === size - 1 ? 0 : (beside[at] ?? NaN) * (vector[at + 1] ?? NaN);
      vector[at] = ((vector[at] ?? NaN) - after) / (pivots[at] ?? NaN);
    }
    vector = normalised(vector);
  }
  return { value: high, vector };
}

/** M·x. */
function times({ data, rows, columns }: Matrix, x: Vector): Vector {
  const product = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += (data[row * columns + column] ?? NaN) * (x[column] ?? NaN);
    product[row] = sum;
  }
  return product;
}

/** Mᵀ·x. */
function timesTransposed({ data, rows, columns }: Matrix, x: Vector): Vector {
  const product = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const factor = x[row] ?? NaN;
    for (let column = 0; column < columns; column++)
      product[column] = (product[column] ?? NaN) + factor * (data[row * columns + column] ?? NaN);
  }
  return product;
}

function dot(a: Vector, b: Vector): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? NaN) * (b[at] ?? NaN);
  return sum;
}

function addMultiple(target: Vector, vector: Vector, factor: number): void {
  for (let at = 0; at < target.length; at++) target[at] = (target[at] ?? NaN) + factor * (vector[at] ?? NaN);
}

function normalised(vector: Vector): Vector {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}
