import type { Graph, GraphNode } from '../graph.js';
import { recurrentOps } from '../recurrent-ops.js';

/** Operators whose first input is `[n, channels, ...positions]`. */
const channelsFirst = new Set(
  `Conv ConvTranspose QLinearConv ConvInteger MaxPool AveragePool LpPool GlobalMaxPool GlobalAveragePool GlobalLpPool
  BatchNormalization InstanceNormalization GroupNormalization LRN DepthToSpace SpaceToDepth`.split(/\s+/),
);
/** Operators whose first input has its features on the last axis. */
const featuresLast = new Set([...recurrentOps, 'LayerNormalization']);

/** Operators that leave every axis where it is. */
export const keepers = new Set(
  `Identity Cast Dropout Relu LeakyRelu PRelu Elu Selu Celu ThresholdedRelu Clip Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign
  Mish Gelu Erf Exp Log Sqrt Neg Abs Reciprocal Round Floor Ceil Sign Pow Add Sub Mul Div Min Max Pad Softmax LogSoftmax
  QuantizeLinear DequantizeLinear`.split(/\s+/),
);

/**
 * The axis of the node's first input that the node takes for channels. Undefined if it does not distinguish channels from
 * positions.
 */
export function featureAxis(node: GraphNode, graph: Graph, rank: number): number | undefined {
  if (channelsFirst.has(node.op)) return 1;
  if (featuresLast.has(node.op)) return rank - 1;
  const weights = graph.constants.get(node.inputs[1] ?? '');
  return node.op === 'MatMul' && weights?.shape.length === 2 ? rank - 1 : undefined;
}

/**
 * The meaning of the axes of a node's output, from that of its input's axes; −1 for a new axis.
 * @returns undefined if axes are mixed or cannot be followed
 */
export function followed(node: GraphNode, graph: Graph, axes: readonly number[]): readonly number[] | undefined {
  if (keepers.has(node.op)) return axes;
  if (node.op === 'Transpose') return permutation(node, axes.length).map((from) => axes[from] ?? -1);
  const given = axesOf(node, graph);
  if (given === undefined) return undefined;
  if (node.op === 'Unsqueeze') {
    const rank = axes.length + given.length;
    const added = new Set(given.map((axis) => (axis < 0 ? axis + rank : axis)));
    const rest = [...axes];
    return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? -1 : (rest.shift() ?? -1)));
  }
  if (node.op !== 'Squeeze') return undefined;
  const removed = new Set(given.map((axis) => (axis < 0 ? axis + axes.length : axis)));
  return axes.filter((_, axis) => !removed.has(axis));
}

function permutation({ attributes }: GraphNode, rank: number): readonly number[] {
  const { perm } = attributes;
  return perm?.kind === 'ints' ? perm.value : Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
}

/** The axes that a node names, in an attribute or in a constant. */
function axesOf({ attributes, inputs }: GraphNode, graph: Graph): readonly number[] | undefined {
  const { axes } = attributes;
  if (axes?.kind === 'ints') return axes.value;
  const constant = graph.constants.get(inputs[1] ?? '');
  return constant === undefined ? undefined : Array.from(constant.data, Number);
}
