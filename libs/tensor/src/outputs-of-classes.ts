import type { Tensor } from './tensor.js';

/**
 * The output of each row's own class, less that of another class where there is one.
 * @param outputs `[rows, classes]`
 */
export function outputsOfClasses(
  outputs: Tensor,
  classes: Int32Array<ArrayBuffer>,
  contrasts?: Int32Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const width = outputs.shape[1] ?? 0;
  const of = (row: number, index: number) => outputs.data[row * width + index] ?? NaN;
  if (contrasts === undefined) return Float64Array.from(classes, (c, row) => of(row, c));
  return Float64Array.from(classes, (c, row) => of(row, c) - of(row, contrasts[row] ?? -1));
}
