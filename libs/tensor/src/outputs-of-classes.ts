import type { Tensor } from './tensor.js';

/** p_c of each row's own class. @param outputs `[rows, classes]` */
export function outputsOfClasses(outputs: Tensor, classes: Int32Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const width = outputs.shape[1] ?? 0;
  return Float64Array.from(classes, (c, row) => outputs.data[row * width + c] ?? NaN);
}
