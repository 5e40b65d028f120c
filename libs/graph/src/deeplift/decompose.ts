import { int, numberOf } from '../attributes.js';
import { expanded, type Expand, type Expansion, type Expansions } from '../expansion.js';
import type { Graph } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';

const keep = { keepdims: int(1) };

/** (x − mean)/√(variance + ε) over `axes`. */
function standardized({ node, add, numbers, integers }: Expansion, axes: readonly number[]): string {
  const [x = ''] = node.inputs;
  const over = integers(axes);
  const centred = add('Sub', [x, add('ReduceMean', [x, over], keep)]);
  const variance = add('ReduceMean', [add('Pow', [centred, numbers([2])]), over], keep);
  return add('Div', [centred, add('Sqrt', [add('Add', [variance, numbers([numberOf(node, 'epsilon', 1e-5)])])])]);
}

const layerNormalization: Expand = (expansion) => {
  const { node, shape, add } = expansion;
  const first = axisOf(numberOf(node, 'axis', -1), shape.length);
  const axes = shape.map((_, axis) => axis).slice(first);
  const scaled = add('Mul', [standardized(expansion, axes), node.inputs[1] ?? '']);
  return (node.inputs[2] ?? '') === '' ? scaled : add('Add', [scaled, node.inputs[2] ?? '']);
};

/** (x − mean)/√(variance + ε) over the positions of each channel, scaled and shifted. */
export const instanceNormalization: Expand = (expansion) => {
  const { node, shape, add, integers } = expansion;
  const positions = shape.map((_, axis) => axis).slice(2);
  const perChannel = (value = '') => add('Reshape', [value, integers([-1, ...positions.map(() => 1)])]);
  const normal = standardized(expansion, positions);
  return add('Add', [add('Mul', [normal, perChannel(node.inputs[1])]), perChannel(node.inputs[2])]);
};

/** x · (k + α/size · Σ x² over nearby channels)^−β. The sum is a product with a matrix of zeros and ones. */
const localResponse: Expand = ({ node, shape, add, numbers, integers }) => {
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

/** A reduction of f(x), with a function applied to the sum. */
const reduced =
  (before: 'Abs' | 'Pow' | 'Exp', after?: 'Sqrt' | 'Log'): Expand =>
  ({ node, add, numbers }) => {
    const [x = '', ...axes] = node.inputs;
    const values = add(before, before === 'Pow' ? [x, numbers([2])] : [x]);
    const sum = add('ReduceSum', [values, ...axes], node.attributes);
    return after === undefined ? sum : add(after, [sum]);
  };

const decompositions: Expansions = {
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: localResponse,
  ReduceL1: reduced('Abs'),
  ReduceL2: reduced('Pow', 'Sqrt'),
  ReduceSumSquare: reduced('Pow'),
  ReduceLogSumExp: reduced('Exp', 'Log'),
};

/** Operators that are split before the rules are applied. */
export const decomposedOperators: readonly string[] = Object.keys(decompositions);

/** The graph with every operator split for which only its parts have DeepLIFT rules. The names of outputs stay. */
export function decomposed(graph: Graph): Graph {
  return expanded(graph, decompositions);
}
