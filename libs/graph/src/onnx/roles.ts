import type { Graph, GraphNode } from '../graph.js';
import type { LayerRole } from '../saliency-layers.js';
import type { LayerNames } from './layer-names.js';

const poolings = ['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool', 'LpPool', 'GlobalLpPool'];
const nothings = ['Dropout', 'Identity', 'Pad'];
/** Over all positions these are global poolings: `x.mean([2, 3])`. */
const reductions = ['ReduceMean', 'ReduceMax', 'ReduceSum'];

/** The role of each node in the choice of SISE's layers. */
export function layerRoles(graph: Graph, shapeOf: (value: string) => readonly number[], { nameOf }: LayerNames): LayerRole[] {
  const producer = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, nameOf(node)] as const)));
  return graph.nodes.map((node) => ({
    name: nameOf(node),
    kind: kindOf(node, shapeOf),
    inputs: node.inputs.flatMap((input) => producer.get(input) ?? []),
    shape: shapeOf(node.outputs[0] ?? ''),
  }));
}

function kindOf(node: GraphNode, shapeOf: (value: string) => readonly number[]): LayerRole['kind'] {
  if (poolings.includes(node.op)) return 'pooling';
  if (node.op === 'Conv' || node.op === 'QLinearConv') return 'convolution';
  if (nothings.includes(node.op)) return 'nothing';
  if (!reductions.includes(node.op)) return 'other';
  const from = shapeOf(node.inputs[0] ?? '');
  const to = shapeOf(node.outputs[0] ?? '');
  // With one axis of positions or tokens, a mean that keeps its axis belongs to a layer normalization.
  if (from.length === 2 && to.length === 2) return 'other';
  const global = to.slice(0, -1).every((extent) => extent === 1) && to.at(-1) === from.at(-1) && from.length > 1;
  return global ? 'pooling' : 'other';
}
