import type { Attributes, Constant, ElementType, GraphNode } from '../../graph.js';

/** What the rewriting of one node may use. */
export interface Rewriting {
  readonly node: GraphNode;
  /** The element type of the first input; float if it is not known. */
  readonly type: ElementType;
  readonly rank: number | undefined;
  readonly constant: (index: number) => Constant | undefined;
  /** Whether anything reads output `index`. */
  readonly isUsed: (index: number) => boolean;
  /** The operator that makes input `index`. */
  readonly producer: (index: number) => string | undefined;
  /** Adds a constant and returns its name. */
  readonly add: (what: string, constant: Constant) => string;
  /** Adds a node and returns the name of its output. */
  readonly step: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /** Adds the node that replaces the rewritten one. It has that node's name, and output `output` has that node's output name. */
  readonly last: (op: string, inputs: readonly string[], attributes?: Attributes, output?: number) => void;
}

/** Rewrites a node in ONNX's own operators. False if that is not possible; then the node stays as it is. */
export type Rewrite = (rewriting: Rewriting) => boolean;
