import { constantOf, int64s } from './constants.js';
import type { Attributes, Constant, ElementType, Graph, GraphNode, Shape } from './graph.js';
import { inferShapes } from './shapes/infer.js';
import type { TypeAndShape } from './shapes/shape-rule.js';

/** A node, and how the nodes that stand for it are added. */
export interface Expansion {
  readonly node: GraphNode;
  /** Of its first input. */
  readonly type: ElementType;
  readonly shape: Shape;
  readonly add: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly numbers: (values: readonly number[], shape?: readonly number[]) => string;
  readonly integers: (values: readonly number[]) => string;
  /** The constant of that name, if it is one. */
  readonly constant: (name: string) => Constant | undefined;
}

/** Returns the value that is the node's output, or undefined to leave the node as it is. */
export type Expand = (expansion: Expansion) => string | undefined;

/** By operator. */
export type Expansions = Readonly<Record<string, Expand>>;

/** The graph with nodes replaced by others that compute the same. Names of outputs stay. */
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
