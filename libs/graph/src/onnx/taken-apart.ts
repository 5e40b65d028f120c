import type { Attributes, Constant, GraphNode } from '../graph.js';

/** Helps to replace a node by several that compute the same. */
export interface TakenApart {
  /** Adds a node and returns its output. */
  readonly step: (what: string, op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /** Adds a constant and returns its name. */
  readonly constant: (what: string, constant: Constant) => string;
  /**
   * Adds the last node, which keeps the name and the output.
   * @returns all added nodes
   */
  readonly last: (op: string, inputs: readonly string[], attributes?: Attributes) => GraphNode[];
}

/** @param addConstant as `TakenApart.constant` */
export function takenApart(node: GraphNode, addConstant: TakenApart['constant']): TakenApart {
  const [output = ''] = node.outputs;
  const nodes: GraphNode[] = [];
  return {
    constant: addConstant,
    step(what, op, inputs, attributes = {}) {
      nodes.push({ ...node, name: `${node.name}/${what}`, op, inputs, outputs: [`${output}/${what}`], attributes });
      return `${output}/${what}`;
    },
    last: (op, inputs, attributes = {}) => [...nodes, { ...node, op, inputs, outputs: [output], attributes }],
  };
}
