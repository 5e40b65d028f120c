import type { Tensor } from './tensor.js';

/**
 * The column of the largest value of each row of `[rows, columns]`; the first one when several are equal, as numpy's
 * `argmax(axis=1)`. NaN is never larger.
 */
export function argmaxRows(tensor: Tensor): Int32Array<ArrayBuffer> {
  const [rows = 0, columns = 0] = tensor.shape;
  const best = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = -Infinity;
    for (let column = 0; column < columns; column++) {
      const value = tensor.data[row * columns + column] ?? NaN;
      if (value > largest) {
        largest = value;
        best[row] = column;
      }
    }
  }
  return best;
}
