import type { Constant } from '../graph.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

/** What an operator's replacement is made from where types and shapes decide it: see `by-shape.ts`. */
export interface ByShape {
  /** Adds a constant and returns its name. */
  readonly addConstant: (what: string, constant: Constant) => string;
  /** Type and shape, where they are known before the run. */
  readonly infoOf: (value: string) => TypeAndShape | undefined;
  /** Undefined for what is no constant. */
  readonly constantOf: (value: string) => Constant | undefined;
}
