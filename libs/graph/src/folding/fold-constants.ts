import { constantOf, int64s } from '../constants.js';
import type { Constant, Graph, GraphNode } from '../graph.js';
import { liveNodes } from '../live-nodes.js';
import { inferNode } from '../shapes/infer.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { evaluate } from './evaluate.js';

/**
 * The graph without what can be computed before a run: nodes on constants, and the nodes with which exporters compute shapes
 * (Shape, Gather, Concat, …) as far as only the batch is unknown in them. What is left of those is a Reshape to `[-1, …]`.
 * Names of the other values stay.
 */
export function foldConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const infos = new Map<string, TypeAndShape>(graph.inputs.map(({ name, type, shape }) => [name, { type, shape }]));
  const infoOf = (name: string) => infos.get(name) ?? constants.get(name);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const found = inferNode(node, infoOf, (name) => constants.get(name)) ?? [];
    const [output = ''] = node.outputs;
    const folded = outputs.has(output) ? undefined : valueOf(node, found, constants);
    if (folded !== undefined) {
      constants.set(output, folded);
      continue;
    }
    node.outputs.forEach((name, index) => {
      const info = found[index];
      if (name !== '' && info !== undefined) infos.set(name, info);
    });
    nodes.push(withKnownTarget(node, found[0], constants));
  }
  const live = liveNodes(nodes, [...outputs]);
  const used = new Set([...live.flatMap((node) => node.inputs), ...outputs]);
  return { ...graph, nodes: live, constants: new Map([...constants].filter(([name]) => used.has(name))) };
}

function valueOf(
  node: GraphNode,
  [info]: readonly TypeAndShape[],
  constants: ReadonlyMap<string, Constant>,
): Constant | undefined {
  if (info === undefined || node.outputs.slice(1).some((name) => name !== '')) return undefined;
  const held = info.extents?.filter((extent) => extent !== null);
  const extents = info.shape.filter((extent) => extent !== null);
  if (held !== undefined && held.length === info.extents?.length && extents.length === info.shape.length)
    return constantOf(info.type, extents, held);
  const inputs = node.inputs.flatMap((name) => (name === '' ? [] : (constants.get(name) ?? [])));
  const given = node.inputs.filter((name) => name !== '');
  return inputs.length === given.length ? evaluate(node, inputs, info) : undefined;
}

/** A Reshape to a computed shape of which one extent at most is unknown. */
function withKnownTarget(node: GraphNode, info: TypeAndShape | undefined, constants: Map<string, Constant>): GraphNode {
  const [input = '', target = ''] = node.inputs;
  if (node.op !== 'Reshape' || info === undefined || constants.has(target)) return node;
  if (info.shape.filter((extent) => extent === null).length > 1 || info.shape.includes(0)) return node;
  const name = `${node.outputs[0] ?? node.name}/shape`;
  constants.set(name, int64s(info.shape.map((extent) => extent ?? -1)));
  return { ...node, inputs: [input, name], attributes: {} };
}
