import { intsOf, numberOf, textOf } from '../attributes.js';
import type { Graph, GraphNode, Shape } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

interface Sizes {
  readonly node: GraphNode;
  /** The extents of input `index`; empty if there is none. */
  readonly input: (index: number) => readonly number[];
  /** The number of values in the first output. */
  readonly out: number;
}

const product = (extents: readonly number[]) => extents.reduce((count, extent) => count * extent, 1);
const bias = ({ node, out }: Sizes) => (node.inputs[2] === undefined || node.inputs[2] === '' ? 0 : out);

/** One multiply-add per weight of a filter and per output. */
const convolution = (sizes: Sizes) => 2 * sizes.out * product(sizes.input(1).slice(1)) + bias(sizes);
const transposedConvolution = (sizes: Sizes) => 2 * product(sizes.input(0)) * product(sizes.input(1).slice(1)) + bias(sizes);
const matrixProduct = (sizes: Sizes) => {
  const rows = sizes.input(0);
  const inner = (numberOf(sizes.node, 'transA', 0) === 1 ? rows.at(-2) : rows.at(-1)) ?? 1;
  return 2 * sizes.out * inner + bias(sizes);
};
/** Each gate of each step and direction is a product with the features and one with the units. */
const recurrence = (gates: number) => (sizes: Sizes) => {
  const [steps = 1, samples = 1, features = 1] = sizes.input(0);
  const [directions = 1, , units = 1] = sizes.input(2);
  return 2 * steps * samples * directions * gates * units * (features + units);
};
const pooling = ({ node, out }: Sizes) => out * product(intsOf(node, 'kernel_shape') ?? []);
const eachInput = ({ input }: Sizes) => product(input(0));
const each =
  (operations: number) =>
  ({ out }: Sizes) =>
    operations * out;
const interpolation = ({ node, out, input }: Sizes) =>
  textOf(node, 'mode', 'nearest') === 'linear' ? 2 * out * 2 ** (input(0).length - 2) : 0;

const rules: Readonly<Record<string, (sizes: Sizes) => number>> = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Gemm: matrixProduct,
  MatMul: matrixProduct,
  LSTM: recurrence(4),
  GRU: recurrence(3),
  RNN: recurrence(1),
  MaxPool: pooling,
  AveragePool: pooling,
  Resize: interpolation,
  ...Object.fromEntries(
    ['GlobalMaxPool', 'GlobalAveragePool', 'ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin'].map((op) => [op, eachInput]),
  ),
  BatchNormalization: each(2),
  // The maximum, the difference to it, exp, the sum, the quotient.
  Softmax: each(5),
  LogSoftmax: each(5),
  LayerNormalization: each(7),
  InstanceNormalization: each(7),
};

const layouts = `Identity Dropout Cast Reshape Flatten Squeeze Unsqueeze Transpose Concat Pad Slice Split Expand Tile Gather
  DepthToSpace SpaceToDepth Shape Size Constant ConstantOfShape Range`;
const free = new Set(layouts.split(/\s+/));

/**
 * The floating-point operations of each node for one sample. A multiply-add counts as two. Convolutions and matrix products: 2 ×
 * (weights that a filter reads) × outputs, plus one per output for a bias. Pooling: one per value in a window. Reductions: one
 * per input. Batch normalization: 2 per output. Softmax: 5. Layer and instance normalization: 7. Operators that only move values:
 * none. All others: one per output.
 */
export function flopsOf(graph: Graph): ReadonlyMap<GraphNode, number> {
  const [input] = graph.inputs;
  const infos = inferShapes(graph, input === undefined ? {} : { [input.name]: [1, ...input.shape.slice(1)] });
  return flopsOfNodes(graph.nodes, (name) => infos.get(name)?.shape ?? []);
}

/** The same for nodes whose values have these shapes. An open extent counts as 1. */
export function flopsOfNodes(nodes: readonly GraphNode[], shapeOf: (value: string) => Shape): ReadonlyMap<GraphNode, number> {
  return new Map(nodes.map((node) => [node, flopsOfNode(node, shapeOf)]));
}

function flopsOfNode(node: GraphNode, shapeOf: (value: string) => Shape): number {
  if (free.has(node.op)) return 0;
  const extents = (name: string) => shapeOf(name).map((extent) => extent ?? 1);
  const out = product(extents(node.outputs[0] ?? ''));
  return (rules[node.op] ?? each(1))({ node, out, input: (index) => extents(node.inputs[index] ?? '') });
}
