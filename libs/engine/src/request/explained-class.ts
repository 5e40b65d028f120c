import type { ExplainedOutputs } from '../engine.js';

/** Of one sample: the class, and the one that it is contrasted with. */
export interface ExplainedClass {
  readonly index: number;
  readonly other: number | undefined;
}

/** One a sample. */
export function explainedClasses({ classes, contrasts }: ExplainedOutputs): ExplainedClass[] {
  return Array.from(classes, (index, row) => ({ index, other: contrasts?.[row] }));
}

/** F of a row of outputs that begins at `offset`. */
export function outputOfClass(outputs: ArrayLike<number>, { index, other }: ExplainedClass, offset = 0): number {
  return (outputs[offset + index] ?? NaN) - (other === undefined ? 0 : (outputs[offset + other] ?? NaN));
}
