import type { Tensor } from '@xaigrid/tensor';

/** p_c(x) of each sample's own class. @param outputs `[n, classes]` */
export function outputsOfClasses(outputs: Tensor, classes: Int32Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const width = outputs.shape[1] ?? 0;
  return Float64Array.from(classes, (c, sample) => outputs.data[sample * width + c] ?? NaN);
}

/** The mean output of each class over samples, in float64. @param outputs `[n, classes]` */
export function meanOutputs(outputs: Tensor): Float64Array<ArrayBuffer> {
  const [samples = 0, classes = 0] = outputs.shape;
  const means = new Float64Array(classes);
  for (const [at, output] of outputs.data.entries()) means[at % classes] = (means[at % classes] ?? 0) + output / samples;
  return means;
}
