import type { Tensor } from './tensor.js';

/** The number F that is explained of each sample: the target of a class, less that of another where one is given. */
export interface ExplainedOutputs {
  /** One a sample. */
  readonly classes: Int32Array<ArrayBuffer>;
  /** The other class, one a sample; left out: none, F = F_c. */
  readonly contrasts?: Int32Array<ArrayBuffer> | undefined;
}

/** F of one sample. @param outputs has those of all classes, from `offset` on */
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
 * F of each row: the output of its own class, less that of another class where there is one.
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

/** F of what all samples are compared with, one a sample. @param outputs `[classes]` */
export function outputsOfReference(outputs: ArrayLike<number>, explained: ExplainedOutputs): Float64Array<ArrayBuffer> {
  return Float64Array.from(explained.classes, (_, sample) => outputOfClass(outputs, explained, sample));
}

/** The classes that are explained in each of `rows`, which name their samples; class 0 in rows that name none. */
export function explainedOfRows({ classes, contrasts }: ExplainedOutputs, rows: Int32Array): ExplainedOutputs {
  const of = (indices: Int32Array) => Int32Array.from(rows, (sample) => indices[sample] ?? 0);
  return { classes: of(classes), ...(contrasts === undefined ? {} : { contrasts: of(contrasts) }) };
}
