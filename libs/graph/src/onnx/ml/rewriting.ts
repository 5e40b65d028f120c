import type { Attributes, Constant, ElementType, GraphNode } from '../../graph.js';

/** What the rewriting of one node may look at and work with. */
export interface Rewriting {
  readonly node: GraphNode;
  /** Element type of the first input; float where it is not known. */
  readonly type: ElementType;
  readonly rank: number | undefined;
  readonly constant: (index: number) => Constant | undefined;
  /** Whether anything reads output `index`. */
  readonly isUsed: (index: number) => boolean;
  /** The operator whose output input `index` is. */
  readonly producer: (index: number) => string | undefined;
  /** Adds a constant, and returns its name. */
  readonly add: (what: string, constant: Constant) => string;
  /** Adds a node, and returns its output's name. */
  readonly step: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /** Adds the node that takes the place of the rewritten one: its name, and `output` for its output's. */
  readonly last: (op: string, inputs: readonly string[], attributes?: Attributes, output?: number) => void;
}

/** Says what a node computes in ONNX's own operators; false where it cannot: then the node stays as it is. */
export type Rewrite = (rewriting: Rewriting) => boolean;
