import { sizeOf } from '@xaigrid/tensor';

type Float64 = Float64Array<ArrayBuffer>;

/** How much more the largest of the neighbouring values counts. */
const COLDNESS = 20;

/** The grid of the numbers of a mask, in positions. */
export interface MaskGrid {
  /** From one number to the next. */
  readonly spacing: number;
  /** How far a number reaches. */
  readonly sigma: number;
}

/** Where the numbers of a mask lie along an axis. */
interface Axis {
  /** Numbers of the mask. */
  readonly cells: number;
  /** Positions with the margins. */
  readonly extent: number;
  /** Places that one number reaches. */
  readonly reach: number;
  /** The first place that number 0 reaches; below 0 if some of them lie outside. */
  readonly first: number;
}

/** A mask with its margins, and what its gradient needs. */
export interface SmoothMask {
  /** From 0 to 1, one value for each place of the sample and of the margins, flat. */
  readonly mask: Float64;
  /** The sum of the exponentials of the weighted maximum at each place. */
  readonly total: Float64;
}

/** Makes smooth masks from a grid of numbers from 0 to 1. */
export interface SmoothMasks {
  /** How many numbers a mask is made from. */
  readonly size: number;
  /** Places of a mask with its margins. */
  readonly places: number;
  /** The place of each position of the sample. */
  readonly inside: Int32Array;
  generate(numbers: Float64): SmoothMask;
  /** ∂E/∂numbers. @param gradient ∂E/∂mask at each place @param made what `generate` made of the same numbers */
  gradient(numbers: Float64, gradient: Float64, made: SmoothMask): Float64;
}

/** The places of an axis with its margins. They are too few where `sigma` is small beside `spacing`. */
function axisOf(length: number, { spacing, sigma }: MaskGrid): Axis {
  const padding = 1 + Math.ceil((2 * sigma) / spacing);
  const radius = 1 + Math.ceil(sigma / spacing);
  const cells = Math.ceil(length / spacing);
  return {
    cells,
    extent: spacing * (cells + 2 * (padding - radius) - 1) + 1,
    reach: spacing * (2 * radius + 1),
    first: spacing * (padding - 2 * radius),
  };
}

/** Whether masks with these numbers reach over all positions of an axis of that length. */
export function masksReach(length: number, grid: MaskGrid): boolean {
  return Math.round(grid.sigma) + length <= axisOf(length, grid).extent;
}

/**
 * The smooth masks of Fong et al. 2019, section 3.3, as `MaskGenerator` of torchray 1.0.0.2 has them. A number lies at every
 * `spacing`-th position. At distance d it weighs exp(−2·max(d/sigma − ½, 0)²), and nothing beyond a window of 1 + ⌈sigma/spacing⌉
 * numbers on each side. The mask is the mean of the weighted numbers v in the window, weighted again by exp(20·v): nearly their
 * maximum. Numbers outside the grid are 0. A margin of `sigma` around the sample belongs to the mask.
 */
export function smoothMasks(positions: readonly number[], grid: MaskGrid): SmoothMasks {
  const { spacing, sigma } = grid;
  const axes = positions.map((length) => axisOf(length, grid));
  const extents = axes.map(({ extent }) => extent);
  const places = sizeOf(extents);
  const size = sizeOf(axes.map(({ cells }) => cells));
  const window = sizeOf(axes.map(({ reach }) => reach / spacing));
  const { weights, weightOf } = reachedWeights(axes, sigma);
  const exponentials = new Float64Array(weights.length);
  const products = new Float64Array(weights.length);
  const rows = reachedRows(axes, spacing);

  return {
    size,
    places,
    inside: insideOf(positions, extents, Math.round(sigma)),
    generate(numbers) {
      const mask = new Float64Array(places);
      // Numbers that are 0 have the exponential 1.
      const total = new Float64Array(places).fill(window);
      for (const [cell, number] of numbers.entries()) {
        if (number === 0) continue;
        for (const [at, weight] of weights.entries()) {
          const exponential = Math.exp(COLDNESS * weight * number);
          exponentials[at] = exponential - 1;
          products[at] = weight * number * exponential;
        }
        rows(cell, (place, reached, count) => {
          for (let i = 0; i < count; i++) {
            const at = weightOf[reached + i] ?? 0;
            total[place + i] = (total[place + i] ?? NaN) + (exponentials[at] ?? NaN);
            mask[place + i] = (mask[place + i] ?? NaN) + (products[at] ?? NaN);
          }
        });
      }
      for (let place = 0; place < places; place++) mask[place] = (mask[place] ?? NaN) / (total[place] ?? NaN);
      return { mask, total };
    },
    gradient(numbers, gradient, { mask, total }) {
      const found = new Float64Array(size);
      const shares = gradient.map((value, place) => value / (total[place] ?? NaN));
      const shifts = shares.map((value, place) => value * (mask[place] ?? NaN));
      for (const [cell, number] of numbers.entries()) {
        for (const [at, weight] of weights.entries()) {
          const value = COLDNESS * weight * number;
          const exponential = weight * Math.exp(value);
          exponentials[at] = exponential * (1 + value);
          products[at] = exponential * COLDNESS;
        }
        let sum = 0;
        rows(cell, (place, reached, count) => {
          for (let i = 0; i < count; i++) {
            const at = weightOf[reached + i] ?? 0;
            sum += (shares[place + i] ?? NaN) * (exponentials[at] ?? NaN) - (shifts[place + i] ?? NaN) * (products[at] ?? NaN);
          }
        });
        found[cell] = sum;
      }
      return found;
    },
  };
}

/**
 * The weight of a number at the places that it reaches. Places at the same distance share a weight, so that exponentials are
 * computed once for all of them.
 */
function reachedWeights(axes: readonly Axis[], sigma: number): { readonly weights: Float64; readonly weightOf: Int32Array } {
  let squares = Float64Array.of(0);
  for (const { reach, first } of axes)
    squares = Float64Array.from({ length: squares.length * reach }, (_, at) => {
      return (squares[Math.floor(at / reach)] ?? NaN) + ((at % reach) + first - sigma) ** 2;
    });
  const known = new Map<number, number>();
  const weightOf = Int32Array.from(squares, (square) => {
    const own = known.get(square) ?? known.size;
    known.set(square, own);
    return own;
  });
  const weights = Float64Array.from(known.keys(), (square) => Math.exp(-2 * Math.max(Math.sqrt(square) / sigma - 0.5, 0) ** 2));
  return { weights, weightOf };
}

type VisitRow = (place: number, reached: number, count: number) => void;

/** Visits the places that a number reaches, in rows along the last axis: the first place, its index in the reach, and how many. */
function reachedRows(axes: readonly Axis[], spacing: number): (cell: number, visit: VisitRow) => void {
  const visitAxis = (axis: number, cell: number, place: number, reached: number, visit: VisitRow): void => {
    const own = axes[axis];
    if (own === undefined) return;
    const after = sizeOf(axes.slice(axis + 1).map(({ cells }) => cells));
    const start = spacing * Math.floor(cell / after) + own.first;
    const from = Math.max(0, start);
    const to = Math.min(own.extent, start + own.reach);
    if (axis === axes.length - 1) {
      visit(place * own.extent + from, reached * own.reach + from - start, to - from);
      return;
    }
    for (let at = from; at < to; at++)
      visitAxis(axis + 1, cell % after, place * own.extent + at, reached * own.reach + at - start, visit);
  };
  return (cell, visit) => {
    visitAxis(0, cell, 0, 0, visit);
  };
}

/** The places of the positions of the sample: a block in the places of all. */
function insideOf(positions: readonly number[], extents: readonly number[], margin: number): Int32Array {
  let found = [0];
  for (const [axis, length] of positions.entries())
    found = found.flatMap((place) => Array.from({ length }, (_, at) => place * (extents[axis] ?? 0) + margin + at));
  return Int32Array.from(found);
}
