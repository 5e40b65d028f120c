import type { Tensor } from './tensor.js';

/**
 * The number F that is explained for each sample: the output of one class, minus the output of a second class if there is one.
 */
export interface ExplainedOutputs {
  /** One per sample. */
  readonly classes: Int32Array<ArrayBuffer>;
  /** The second class of each sample. Absent: F is the output of the first class alone. */
  readonly contrasts?: Int32Array<ArrayBuffer> | undefined;
}

/**
 * F of one sample.
 * @param outputs holds the outputs of all classes of this sample, from `offset` on
 */
export function outputOfClass(
  outputs: ArrayLike<number>,
  { classes, contrasts }: ExplainedOutputs,
  sample: number,
  offset = 0,
): number {
  const of = (index = NaN) => outputs[offset + index] ?? NaN;
  const own = of(classes[sample]);
  return contrasts === undefined ? own : own - of(contrasts[sample]);
}

/**
 * F of each row: the output of its own class, minus that of a second class if there is one.
 * @param outputs `[rows, classes]`
 */
export function outputsOfClasses(
  outputs: Tensor,
  classes: Int32Array<ArrayBuffer>,
  contrasts?: Int32Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const [, width = 0] = outputs.shape;
  const explained = { classes, contrasts };
  return Float64Array.from(classes, (_, row) => outputOfClass(outputs.data, explained, row, row * width));
}

/**
 * F of one reference input for the classes of each sample: one value per sample.
 * @param outputs of the reference, `[classes]`
 */
export function outputsOfReference(outputs: ArrayLike<number>, explained: ExplainedOutputs): Float64Array<ArrayBuffer> {
  return Float64Array.from(explained.classes, (_, sample) => outputOfClass(outputs, explained, sample));
}

/**
 * The explained classes of each row, if rows belong to samples in any order.
 * @param rows the sample of each row; a row of no known sample gets class 0
 */
export function explainedOfRows({ classes, contrasts }: ExplainedOutputs, rows: Int32Array): ExplainedOutputs {
  const of = (indices: Int32Array) => Int32Array.from(rows, (sample) => indices[sample] ?? 0);
  return { classes: of(classes), ...(contrasts === undefined ? {} : { contrasts: of(contrasts) }) };
}
