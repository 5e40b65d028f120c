import { numberOf } from '../attributes.js';
import { int64s } from '../constants.js';
import { withSamples } from '../deeplift/with-samples.js';
import { varyingValues } from '../deeplift/prepare.js';
import type { Constant, Graph, GraphNode } from '../graph.js';
import { liveNodes } from '../live-nodes.js';
import { inferenceOf } from '../shapes/infer.js';
import type { EvaluateConstants } from './constant-part.js';
import { foldConstants } from './fold-constants.js';

/** Batch sizes to try. If the batch is open, values computed from its size are computed for both. */
const TRIALS = [2, 3];

/**
 * The graph with a Reshape in place of lookups that return a whole flat value in its order. PyTorch's new exporter writes
 * `as_strided` in this way, which a pooling of a permuted value ends in (Swin, ConvNeXt). Otherwise indices into all values of a
 * batch would tie its samples together.
 */
export async function withoutIdentityGathers(given: Graph, evaluate: EvaluateConstants): Promise<Graph> {
  const isOpen = given.inputs[0]?.shape[0] === null;
  if (lookupsOf(given).length === 0) return given;
  // Shapes are known once constants are. A fixed batch would be folded in, so it is not done then.
  const graph = isOpen ? await foldConstants(given, evaluate) : given;
  let inOrder = lookupsInFlat(graph, lookupsOf(graph));
  if (inOrder.length === 0) return given;
  for (const trial of isOpen ? TRIALS.map((samples) => withSamples(graph, samples)) : [graph]) {
    const names = inOrder.map(({ inputs }) => inputs[1] ?? '');
    const indices = await valuesOf(trial, names, evaluate);
    const infoOf = inferred(trial);
    inOrder = inOrder.filter(({ inputs: [data = '', index = ''] }) => isInOrder(indices.get(index), infoOf(data)?.shape[0]));
  }
  return inOrder.length === 0 ? given : withReshapes(graph, new Set(inOrder));
}

/** Lookups along the first axis whose indices do not depend on the input. */
function lookupsOf(graph: Graph): GraphNode[] {
  const varying = varyingValues(graph);
  return graph.nodes.filter(
    (node) => node.op === 'Gather' && numberOf(node, 'axis', 0) === 0 && !varying.has(node.inputs[1] ?? ''),
  );
}

/** Lookups in a value with one axis whose result has at most one unknown extent. */
function lookupsInFlat(graph: Graph, lookups: readonly GraphNode[]): GraphNode[] {
  const infoOf = inferred(graph);
  return lookups.filter(({ inputs: [data = '', index = ''] }) => {
    const shape = infoOf(index)?.shape;
    return infoOf(data)?.shape.length === 1 && shape !== undefined && shape.filter((extent) => extent === null).length <= 1;
  });
}

function inferred({ inputs, nodes, constants }: Graph) {
  const inference = inferenceOf(inputs, constants);
  for (const node of nodes) inference.infer(node);
  return inference.infoOf;
}

/** The values that depend only on constants and shapes. */
async function valuesOf(
  graph: Graph,
  names: readonly string[],
  evaluate: EvaluateConstants,
): Promise<ReadonlyMap<string, Constant>> {
  // Outputs of a graph stay nodes, so copies are output.
  const copies = names.map((name): GraphNode => {
    return { name: `${name}/copy`, op: 'Identity', inputs: [name], outputs: [`${name}/copy`], attributes: {} };
  });
  const outputs = copies.map(({ name }) => ({ name, type: 'int64' as const, shape: [] }));
  const nodes = liveNodes(
    [...graph.nodes, ...copies],
    outputs.map(({ name }) => name),
  );
  return (await foldConstants({ ...graph, nodes, outputs }, evaluate)).constants;
}

function isInOrder(indices: Constant | undefined, count: number | null | undefined): boolean {
  return indices !== undefined && indices.data.length === count && indices.data.every((value, at) => Number(value) === at);
}

function withReshapes(graph: Graph, lookups: ReadonlySet<GraphNode>): Graph {
  const infoOf = inferred(graph);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.map((node) => {
    if (!lookups.has(node)) return node;
    const [data = '', index = ''] = node.inputs;
    const name = `${node.outputs[0] ?? node.name}/shape`;
    constants.set(name, int64s((infoOf(index)?.shape ?? []).map((extent) => extent ?? -1)));
    return { ...node, op: 'Reshape', inputs: [data, name], attributes: {} };
  });
  return { ...graph, nodes, constants };
}
