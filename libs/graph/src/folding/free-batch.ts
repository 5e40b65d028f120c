import { ints } from '../attributes.js';
import { int64s, numbersOf } from '../constants.js';
import type { Constant, Graph, GraphNode, Shape } from '../graph.js';
import { inferenceOf } from '../shapes/infer.js';
import { countOf } from '../shapes/shape-rule.js';

/**
 * Prepares a graph that was exported for one batch size for any batch size. The first extent of its one input becomes unknown,
 * and with it the first extent of every Reshape target and Resize size that contains the exported batch. If the batch is not the
 * first axis (as in attention exported sequence first), such a target stays as it is.
 */
export function withFreeBatch(graph: Graph): Graph {
  const [input, ...others] = graph.inputs;
  const batch = input?.shape[0];
  if (input === undefined || others.length > 0 || typeof batch !== 'number') return graph;
  const inputs = [{ ...input, shape: [null, ...input.shape.slice(1)] }];
  const constants = new Map(graph.constants);
  const exported = inferenceOf(graph.inputs, constants);
  const free = inferenceOf(inputs, constants);
  const nodes = graph.nodes.map((node) => {
    const [data = ''] = node.inputs;
    const reshaped = { batch, constants, exported: exported.infoOf(data)?.shape, free: free.infoOf(data)?.shape };
    const freed = node.op === 'Resize' ? freeResize(node, reshaped) : freeReshape(node, reshaped);
    exported.infer(node);
    free.infer(freed);
    return freed;
  });
  return { ...graph, inputs, nodes, constants };
}

interface Reshaped {
  readonly batch: number;
  readonly constants: Map<string, Constant>;
  /** The shape of the Reshape's input as exported (`exported`), and with a free batch (`free`). */
  readonly exported: Shape | undefined;
  readonly free: Shape | undefined;
}

function freeReshape(node: GraphNode, { batch, constants, exported, free }: Reshaped): GraphNode {
  const [input = '', target = ''] = node.inputs;
  const constant = constants.get(target);
  const count = countOf(exported ?? [null]);
  if (node.op !== 'Reshape' || constant === undefined || count === null || free?.[0] !== null) return node;
  if (free.slice(1).includes(null)) return node;
  const [first = 0, ...rest] = numbersOf(constant).map((extent, axis) => (extent === 0 ? (exported?.[axis] ?? 0) : extent));
  if (first <= 0 || first % batch !== 0 || rest.includes(0)) return node;
  // A later −1 stood for the rest of the exported size.
  const known = rest.reduce((product, extent) => (extent === -1 ? product : product * extent), first);
  const whole = rest.map((extent) => (extent === -1 ? count / known : extent));
  const name = `${node.outputs[0] ?? node.name}/batched`;
  constants.set(name, int64s([-1, ...whole]));
  return { ...node, inputs: [input, name], attributes: {} };
}

/** The sizes of a Resize contain the batch too. `axes` names the other axes, for which sizes remain. */
function freeResize(node: GraphNode, { batch, constants, exported, free }: Reshaped): GraphNode {
  const [input = '', roi = '', scales = '', target = ''] = node.inputs;
  const [first, ...sizes] = numbersOf(constants.get(target) ?? int64s([]));
  if (first !== batch || free?.[0] !== null || sizes.length + 1 !== exported?.length) return node;
  const name = `${node.outputs[0] ?? node.name}/batched`;
  constants.set(name, int64s(sizes));
  const axes = ints(sizes.map((_, index) => index + 1));
  return { ...node, inputs: [input, roi, scales, name], attributes: { ...node.attributes, axes } };
}
