import type { Constant } from '../graph.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

/** What the replacement of an operator may use if types and shapes determine it: see `by-shape.ts`. */
export interface ByShape {
  /** Adds a constant and returns its name. */
  readonly addConstant: (what: string, constant: Constant) => string;
  /** The type and shape of a value, if they are known before the run. */
  readonly infoOf: (value: string) => TypeAndShape | undefined;
  /** The constant with that name. Undefined if the value is not a constant. */
  readonly constantOf: (value: string) => Constant | undefined;
}
