import type { SampleRandom } from '@xaigrid/tensor';
import { isTable, positionsOfShape, sizeOf } from '@xaigrid/tensor';

type Float32 = Float32Array<ArrayBuffer>;

/** Makes the random masks of a sample, one after another. */
export interface RiseMasks {
  /** Draws the next mask and writes it: one value from 0 to 1 per position. */
  draw(mask: Float32, random: SampleRandom): void;
}

/** For each place along an axis of the enlarged grid: two cells, and the weight of the second. */
interface Axis {
  readonly length: number;
  readonly cells: number;
  /** Positions of a cell. The shift is smaller. */
  readonly cell: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly weight: Float64Array;
}

/**
 * The masks of RISE (Petsiuk et al. 2018, section 3.2), as the authors' `generate_masks` makes them. A grid of `cells` cells along
 * each axis is drawn: each cell is visible with probability `keep`. The grid is enlarged linearly to one cell more than the sample
 * takes, and cut to the sample's size at a random shift of less than one cell. Beyond the outer cells' centres the grid is mirrored
 * (`skimage.transform.resize(order=1, mode='reflect', anti_aliasing=False)`).
 *
 * Features of a table have no neighbours: each is a cell of its own, without shift.
 */
export function riseMasks(
  inputShape: readonly number[],
  { cells, keep }: { readonly cells: readonly number[]; readonly keep: number },
): RiseMasks {
  const positions = positionsOfShape(inputShape);
  if (isTable(inputShape)) {
    return {
      draw: (mask, random) => {
        for (let at = 0; at < mask.length; at++) mask[at] = random.uniform() < keep ? 1 : 0;
      },
    };
  }
  const axes = positions.map((length, axis) => axisOf(length, cells[axis] ?? 1));
  const grid = new Float64Array(sizeOf(axes.map((axis) => axis.cells)));
  return {
    draw: (mask, random) => {
      for (let at = 0; at < grid.length; at++) grid[at] = random.uniform() < keep ? 1 : 0;
      const shifts = axes.map(({ cell }) => random.integer(cell));
      mask.set(enlarged(grid, axes, shifts));
    },
  };
}

function axisOf(length: number, cells: number): Axis {
  const cell = Math.ceil(length / cells);
  const size = (cells + 1) * cell;
  const low = new Int32Array(size);
  const high = new Int32Array(size);
  const weight = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    const centre = mirrored(((at + 0.5) * cells) / size - 0.5, cells - 1);
    low[at] = Math.floor(centre);
    high[at] = Math.min(cells - 1, Math.floor(centre) + 1);
    weight[at] = centre - Math.floor(centre);
  }
  return { length, cells, cell, low, high, weight };
}

/** The place inside 0 … last that a place less than one beyond it mirrors. */
function mirrored(place: number, last: number): number {
  if (last === 0) return 0;
  return place < 0 ? -place : last - Math.abs(last - place);
}

/** The grid in the positions of the sample, the last axis first. In float64. */
function enlarged(grid: Float64Array, axes: readonly Axis[], shifts: readonly number[]): Float64Array {
  let values = grid;
  let after = 1;
  for (const [at, { length, cells, low, high, weight }] of [...axes.entries()].reverse()) {
    const shift = shifts[at] ?? 0;
    const before = values.length / (cells * after);
    const wider = new Float64Array(before * length * after);
    for (let row = 0, to = 0; row < before; row++) {
      for (let place = shift; place < shift + length; place++) {
        const [first, second, share] = [low[place] ?? 0, high[place] ?? 0, weight[place] ?? 0];
        const [left, right] = [(row * cells + first) * after, (row * cells + second) * after];
        for (let i = 0; i < after; i++, to++)
          wider[to] = (values[left + i] ?? 0) * (1 - share) + (values[right + i] ?? 0) * share;
      }
    }
    values = wider;
    after *= length;
  }
  return values;
}
