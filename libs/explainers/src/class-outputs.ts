import type { ExplainedOutputs } from '@xaigrid/engine';
import { outputsOfClasses, type Tensor } from '@xaigrid/tensor';

/** The mean output of each class over samples, in float64. @param outputs `[n, classes]` */
export function meanOutputs(outputs: Tensor): Float64Array<ArrayBuffer> {
  const [samples = 0, classes = 0] = outputs.shape;
  const means = new Float64Array(classes);
  for (const [at, output] of outputs.data.entries()) means[at % classes] = (means[at % classes] ?? 0) + output / samples;
  return means;
}

/** F of what all samples are compared with, one a sample. @param outputs `[classes]` */
export function outputsOfReference(
  outputs: ArrayLike<number>,
  { classes, contrasts }: ExplainedOutputs,
): Float64Array<ArrayBuffer> {
  const of = (index: number | undefined) => outputs[index ?? -1] ?? NaN;
  return Float64Array.from(classes, (c, sample) => of(c) - (contrasts === undefined ? 0 : of(contrasts[sample])));
}

/** F of each row. @param outputs `[rows, classes]` @param sampleOf whose sample a row is */
export function rowOutputs(
  outputs: Tensor,
  { classes, contrasts }: ExplainedOutputs,
  sampleOf: Int32Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const of = (indices: Int32Array<ArrayBuffer>) => sampleOf.map((sample) => indices[sample] ?? -1);
  return outputsOfClasses(outputs, of(classes), contrasts && of(contrasts));
}
