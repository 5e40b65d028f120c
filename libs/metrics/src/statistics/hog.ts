export const HOG_CELL = 16;
export const HOG_BLOCK = 3;
const ORIENTATIONS = 9;

/**
 * Histograms of oriented gradients (Dalal & Triggs 2005, CVPR) of an image with one channel: `hog` of scikit-image 0.26 with
 * cells of 16 × 16 positions, as Adebayo et al. 2018 use it to compare maps; 9 orientations, blocks of 3 × 3 cells, norm L2-Hys.
 *
 * @param image `[rows, columns]`, at least 48 positions a side
 * @returns `[blocks down, blocks across, 3, 3, 9]`
 */
export function hog(image: Float64Array, rows: number, columns: number): Float64Array {
  const [down, across] = [Math.floor(rows / HOG_CELL), Math.floor(columns / HOG_CELL)];
  const cells = cellHistograms(image, { rows, columns, down, across });
  const features: number[] = [];
  for (let r = 0; r + HOG_BLOCK <= down; r++)
    for (let c = 0; c + HOG_BLOCK <= across; c++) {
      const block = Array.from({ length: HOG_BLOCK }, (_, row) => {
        const from = ((r + row) * across + c) * ORIENTATIONS;
        return [...cells.subarray(from, from + HOG_BLOCK * ORIENTATIONS)];
      }).flat();
      features.push(...unit(unit(block).map((value) => Math.min(value, 0.2))));
    }
  return Float64Array.from(features);
}

interface Cells {
  readonly rows: number;
  readonly columns: number;
  readonly down: number;
  readonly across: number;
}

/** The mean magnitude of gradients in each cell, by direction. A gradient and its opposite have the same direction. */
function cellHistograms(image: Float64Array, { rows, columns, down, across }: Cells): Float64Array {
  const histograms = new Float64Array(down * across * ORIENTATIONS);
  const difference = (before: number, after: number): number => (image[after] ?? NaN) - (image[before] ?? NaN);
  for (let row = 0; row < down * HOG_CELL; row++)
    for (let column = 0; column < across * HOG_CELL; column++) {
      const at = row * columns + column;
      const dy = row === 0 || row === rows - 1 ? 0 : difference(at - columns, at + columns);
      const dx = column === 0 || column === columns - 1 ? 0 : difference(at - 1, at + 1);
      const degrees = ((((Math.atan2(dy, dx) * 180) / Math.PI) % 180) + 180) % 180;
      const orientation = Math.floor(degrees / (180 / ORIENTATIONS));
      const cell = Math.floor(row / HOG_CELL) * across + Math.floor(column / HOG_CELL);
      const bin = cell * ORIENTATIONS + orientation;
      histograms[bin] = (histograms[bin] ?? 0) + Math.hypot(dx, dy) / HOG_CELL ** 2;
    }
  return histograms;
}

const EPSILON = 1e-5;

function unit(values: readonly number[]): number[] {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) + EPSILON ** 2);
  return values.map((value) => value / norm);
}
