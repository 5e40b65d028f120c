import { explainedOfRows, outputsOfClasses, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';

/** The mean output of each class over samples, in float64. @param outputs `[n, classes]` */
export function meanOutputs(outputs: Tensor): Float64Array<ArrayBuffer> {
  const [samples = 0, classes = 0] = outputs.shape;
  const means = new Float64Array(classes);
  for (const [at, output] of outputs.data.entries()) means[at % classes] = (means[at % classes] ?? 0) + output / samples;
  return means;
}

/** F of each row. @param outputs `[rows, classes]` @param sampleOf the sample of each row */
export function rowOutputs(
  outputs: Tensor,
  explained: ExplainedOutputs,
  sampleOf: Int32Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const { classes, contrasts } = explainedOfRows(explained, sampleOf);
  return outputsOfClasses(outputs, classes, contrasts);
}
