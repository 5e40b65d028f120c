import { constantOf, int64s } from './constants.js';
import type { Attributes, Constant, ElementType, Graph, GraphNode, Shape } from './graph.js';
import { inferShapes } from './shapes/infer.js';
import type { TypeAndShape } from './shapes/shape-rule.js';

/** A node to be replaced, and ways to add the nodes that replace it. */
export interface Expansion {
  readonly node: GraphNode;
  /** The type of its first input. */
  readonly type: ElementType;
  readonly shape: Shape;
  readonly add: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly numbers: (values: readonly number[], shape?: readonly number[]) => string;
  readonly integers: (values: readonly number[]) => string;
  /** Makes a constant a value of the graph. */
  readonly adopt: (constant: Constant) => string;
  /** The constant with that name. Undefined if the value is not a constant. */
  readonly constant: (name: string) => Constant | undefined;
}

/** Adds the replacing nodes and returns the value that replaces the node's output. Undefined: the node stays as it is. */
export type Expand = (expansion: Expansion) => string | undefined;

/** Expansions by operator. */
export type Expansions = Readonly<Record<string, Expand>>;

/** The graph with nodes replaced by others that compute the same. The names of outputs stay. */
export function expanded(graph: Graph, expansions: Expansions): Graph {
  if (!graph.nodes.some(({ op }) => op in expansions)) return graph;
  const infos = inferShapes(graph);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.flatMap((node) => {
    const info = infos.get(node.inputs[0] ?? '');
    const expand = expansions[node.op];
    return (expand && info && parts(node, expand, info, constants)) ?? [node];
  });
  return { ...graph, nodes, constants };
}

function parts(
  node: GraphNode,
  expand: Expand,
  { type, shape }: TypeAndShape,
  constants: Map<string, Constant>,
): GraphNode[] | undefined {
  const [output = ''] = node.outputs;
  const nodes: GraphNode[] = [];
  const name = (what: string) => `${output}/${what}${nodes.length}`;
  const constant = (value: Constant) => {
    const own = `${output}/constant${constants.size}`;
    constants.set(own, value);
    return own;
  };
  const result = expand({
    node,
    type,
    shape,
    adopt: constant,
    integers: (values) => constant(int64s(values)),
    numbers: (values, extents = []) => constant(constantOf(type, extents, values)),
    constant: (of) => constants.get(of),
    add(op, inputs, attributes = {}) {
      const value = name(op);
      nodes.push({ name: value, op, inputs, outputs: [value], attributes });
      return value;
    },
  });
  const last = nodes.pop();
  if (result === undefined || last === undefined) return undefined;
  return [...nodes, { ...last, outputs: [output] }];
}
