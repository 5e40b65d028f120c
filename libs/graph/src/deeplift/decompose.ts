import { int, numberOf } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { Attributes, Constant, ElementType, Graph, GraphNode, Shape } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';
import { axisOf, type TypeAndShape } from '../shapes/shape-rule.js';

/** Adds the nodes that stand for one. */
interface Expansion {
  readonly node: GraphNode;
  readonly type: ElementType;
  readonly shape: Shape;
  readonly add: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly numbers: (values: readonly number[], shape?: readonly number[]) => string;
  readonly integers: (values: readonly number[]) => string;
}

/** Returns the value that is the node's output, or undefined to leave the node as it is. */
type Decomposition = (expansion: Expansion) => string | undefined;

const keep = { keepdims: int(1) };

/** (x − mean)/√(variance + ε) over `axes`. */
function standardized({ node, add, numbers, integers }: Expansion, axes: readonly number[]): string {
  const [x = ''] = node.inputs;
  const over = integers(axes);
  const centred = add('Sub', [x, add('ReduceMean', [x, over], keep)]);
  const variance = add('ReduceMean', [add('Pow', [centred, numbers([2])]), over], keep);
  return add('Div', [centred, add('Sqrt', [add('Add', [variance, numbers([numberOf(node, 'epsilon', 1e-5)])])])]);
}

const layerNormalization: Decomposition = (expansion) => {
  const { node, shape, add } = expansion;
  const first = axisOf(numberOf(node, 'axis', -1), shape.length);
  const axes = shape.map((_, axis) => axis).slice(first);
  const scaled = add('Mul', [standardized(expansion, axes), node.inputs[1] ?? '']);
  return (node.inputs[2] ?? '') === '' ? scaled : add('Add', [scaled, node.inputs[2] ?? '']);
};

const instanceNormalization: Decomposition = (expansion) => {
  const { node, shape, add, integers } = expansion;
  const positions = shape.map((_, axis) => axis).slice(2);
  const perChannel = (value = '') => add('Reshape', [value, integers([-1, ...positions.map(() => 1)])]);
  const normal = standardized(expansion, positions);
  return add('Add', [add('Mul', [normal, perChannel(node.inputs[1])]), perChannel(node.inputs[2])]);
};

/** x · (k + α/size · Σ x² over the channels nearby)^−β; the sum is a product with a matrix of zeros and ones. */
const localResponse: Decomposition = ({ node, shape, add, numbers, integers }) => {
  const [x = ''] = node.inputs;
  const [, channels = null, ...positions] = shape;
  if (channels === null || positions.includes(null)) return undefined;
  const size = numberOf(node, 'size', 1);
  const band = Array.from({ length: channels ** 2 }, (_, i) => {
    const offset = (i % channels) - Math.floor(i / channels);
    return Number(offset >= -Math.floor((size - 1) / 2) && offset <= Math.ceil((size - 1) / 2));
  });
  const flat = add('Reshape', [add('Pow', [x, numbers([2])]), integers([0, channels, -1])]);
  const sums = add('MatMul', [numbers(band, [channels, channels]), flat]);
  const squares = add('Reshape', [sums, integers([0, channels, ...positions.map((extent) => extent ?? 1)])]);
  const share = add('Mul', [squares, numbers([numberOf(node, 'alpha', 1e-4) / size])]);
  const base = add('Add', [share, numbers([numberOf(node, 'bias', 1)])]);
  return add('Mul', [x, add('Pow', [base, numbers([-numberOf(node, 'beta', 0.75)])])]);
};

/** A reduction of f(x), and what the sum is passed through. */
const reduced =
  (before: 'Abs' | 'Pow' | 'Exp', after?: 'Sqrt' | 'Log'): Decomposition =>
  ({ node, add, numbers }) => {
    const [x = '', ...axes] = node.inputs;
    const values = add(before, before === 'Pow' ? [x, numbers([2])] : [x]);
    const sum = add('ReduceSum', [values, ...axes], node.attributes);
    return after === undefined ? sum : add(after, [sum]);
  };

const decompositions: Readonly<Record<string, Decomposition>> = {
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: localResponse,
  ReduceL1: reduced('Abs'),
  ReduceL2: reduced('Pow', 'Sqrt'),
  ReduceSumSquare: reduced('Pow'),
  ReduceLogSumExp: reduced('Exp', 'Log'),
};

/** Operators that the rules see taken apart. */
export const decomposedOperators: readonly string[] = Object.keys(decompositions);

/** The graph with every operator taken apart that only its parts have DeepLIFT rules for. Names of outputs stay. */
export function decomposed(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op in decompositions)) return graph;
  const infos = inferShapes(graph);
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.flatMap((node) => {
    const info = infos.get(node.inputs[0] ?? '');
    const decomposition = decompositions[node.op];
    return (decomposition && info && parts(node, decomposition, info, constants)) ?? [node];
  });
  return { ...graph, nodes, constants };
}

function parts(
  node: GraphNode,
  decomposition: Decomposition,
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
  const result = decomposition({
    node,
    type,
    shape,
    integers: (values) => constant(int64s(values)),
    numbers: (values, extents = []) => constant(constantOf(type, extents, values)),
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
