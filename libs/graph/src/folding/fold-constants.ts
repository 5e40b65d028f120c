import { constantOf, int64s } from '../constants.js';
import type { Constant, Graph, GraphNode } from '../graph.js';
import { liveNodes } from '../live-nodes.js';
import { inferenceOf } from '../shapes/infer.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { constantPart, type EvaluateConstants, type InferredGraph } from './constant-part.js';

/**
 * Removes from a graph what can be computed before a run: nodes that read only constants, whatever their operator, and nodes with
 * which exporters compute shapes (Shape, Gather, Concat, …), if only the batch is unknown in those shapes. A Reshape to `[-1, …]`
 * remains of the latter. The names of other values stay.
 * @throws MODEL_UNREADABLE for constants that cannot be computed
 */
export async function foldConstants(graph: Graph, evaluate: EvaluateConstants): Promise<Graph> {
  const unheld = new Set<string>();
  let folded = withKnownShapes(graph);
  // A computed size makes more shapes known, and these make more constants.
  for (let part = constantPart(folded, unheld); part !== undefined; part = constantPart(folded, unheld)) {
    const values = await evaluate(part);
    for (const name of part.wanted) if (!values.has(name)) unheld.add(name);
    const kept = new Set(liveNodes(part.nodes, [...unheld]));
    const computed = new Set(part.nodes.filter((node) => !kept.has(node)));
    const nodes = folded.graph.nodes.filter((node) => !computed.has(node));
    folded = withKnownShapes({ ...folded.graph, nodes, constants: new Map([...folded.graph.constants, ...values]) });
  }
  return folded.graph;
}

/**
 * The graph with every shape that is known before a run as a constant, and the inferred types and shapes of each node's outputs.
 */
function withKnownShapes(graph: Graph): InferredGraph {
  const constants = new Map(graph.constants);
  const inference = inferenceOf(graph.inputs, constants);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nodes: GraphNode[] = [];
  const inferred = new Map<GraphNode, readonly TypeAndShape[] | undefined>();
  for (const node of graph.nodes) {
    const found = inference.infer(node);
    const [output = ''] = node.outputs;
    const known = outputs.has(output) ? undefined : knownValue(node, found?.[0]);
    if (known !== undefined) {
      constants.set(output, known);
      continue;
    }
    const kept = withKnownTarget(node, found?.[0], constants);
    nodes.push(kept);
    inferred.set(kept, found);
  }
  const live = liveNodes(nodes, [...outputs]);
  const used = new Set([...live.flatMap((node) => node.inputs), ...outputs]);
  return {
    graph: { ...graph, nodes: live, constants: new Map([...constants].filter(([name]) => used.has(name))) },
    infer: (node) => inferred.get(node),
  };
}

/** The value of a node that computes a short vector, for example a shape, if all its numbers are known. */
function knownValue(node: GraphNode, info: TypeAndShape | undefined): Constant | undefined {
  if (info === undefined || node.outputs.slice(1).some((name) => name !== '')) return undefined;
  const held = info.extents?.filter((extent) => extent !== null);
  const extents = info.shape.filter((extent) => extent !== null);
  if (held === undefined || held.length !== info.extents?.length || extents.length !== info.shape.length) return undefined;
  return constantOf(info.type, extents, held);
}

/** A Reshape whose computed shape has at most one unknown extent, with that shape as a constant. */
function withKnownTarget(node: GraphNode, info: TypeAndShape | undefined, constants: Map<string, Constant>): GraphNode {
  const [input = '', target = ''] = node.inputs;
  if (node.op !== 'Reshape' || info === undefined || constants.has(target)) return node;
  if (info.shape.filter((extent) => extent === null).length > 1 || info.shape.includes(0)) return node;
  const name = `${node.outputs[0] ?? node.name}/target`;
  constants.set(name, int64s(info.shape.map((extent) => extent ?? -1)));
  return { ...node, inputs: [input, name], attributes: {} };
}
