import type { Constant } from '../graph.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';

export interface ByShape {
  /** Adds a constant and returns its name. */
  readonly addConstant: (what: string, constant: Constant) => string;
  readonly infoOf: (value: string) => TypeAndShape | undefined;
  readonly constantOf: (value: string) => Constant | undefined;
}
