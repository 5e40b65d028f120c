import { float, int, ints, text } from '../../src/attributes.js';
import type { GraphBuilder } from '../../src/builder.js';
import { constantOf, int64s } from '../../src/constants.js';
import { noiseArray } from './array.js';

/** A forward graph of one operator (or a few) on `x`; `shape` includes the batch. */
export interface GradientCase {
  readonly name: string;
  readonly shape: readonly number[];
  readonly forward: (builder: GraphBuilder, x: string) => string;
  /** Shifts x, to keep away from points without derivative. */
  readonly offset?: number;
}

/** Weights differ within a graph, and are the same whenever the case is built. */
const seeds = new WeakMap<GraphBuilder, number>();
function weights(builder: GraphBuilder, ...shape: number[]): string {
  const seed = (seeds.get(builder) ?? 100) + 1;
  seeds.set(builder, seed);
  return builder.constant(constantOf('float', shape, [...noiseArray(shape, seed).data]));
}
const shapes = (builder: GraphBuilder, ...values: number[]) => builder.constant(int64s(values));

interface Convolution {
  readonly group?: number;
  readonly strides?: number[];
  readonly dilations?: number[];
  readonly pads?: number[];
}

const conv = (name: string, shape: number[], kernel: number[], options: Convolution): GradientCase => ({
  name: `Conv ${name}`,
  shape,
  forward: (builder, x) => {
    const group = options.group ?? 1;
    const attributes = {
      group: int(group),
      ...(options.strides && { strides: ints(options.strides) }),
      ...(options.dilations && { dilations: ints(options.dilations) }),
      ...(options.pads && { pads: ints(options.pads) }),
    };
    return builder.node('Conv', [x, weights(builder, 4, (shape[1] ?? 1) / group, ...kernel), weights(builder, 4)], attributes);
  },
});

const convolutions = [
  conv('1-D', [2, 3, 9], [3], { pads: [1, 1] }),
  conv('1-D valid', [2, 3, 9], [4], {}),
  conv('1-D causal, dilated', [2, 3, 9], [3], { dilations: [2], pads: [4, 0] }),
  conv('1-D stride 2, a position unused', [2, 2, 10], [3], { strides: [2] }),
  conv('1-D stride 3, uneven pads', [2, 2, 10], [4], { strides: [3], pads: [0, 1] }),
  conv('1-D pads beyond the kernel', [2, 2, 5], [2], { pads: [3, 3] }),
  conv('1-D groups', [2, 4, 7], [3], { group: 2, pads: [1, 1] }),
  conv('2-D', [2, 5, 5, 6], [3, 3], { pads: [1, 1, 1, 1] }),
  conv('2-D of few channels', [2, 3, 5, 6], [3, 3], { pads: [1, 1, 1, 1] }),
  conv('2-D even kernel, uneven pads', [2, 6, 5, 6], [2, 4], { pads: [0, 1, 1, 2] }),
  conv('2-D stride 2, uneven pads', [2, 2, 6, 7], [3, 3], { strides: [2, 2], pads: [0, 0, 1, 1] }),
  conv('2-D stride 2 × 1, dilated', [2, 2, 7, 7], [3, 2], { strides: [2, 1], dilations: [1, 2], pads: [1, 1, 1, 1] }),
  conv('2-D depthwise', [2, 4, 5, 5], [3, 3], { group: 4, pads: [1, 1, 1, 1] }),
  conv('2-D depthwise stride 2', [2, 4, 5, 5], [3, 3], { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] }),
];

const unary = (op: string, offset = 0, attributes = {}): GradientCase => ({
  name: op,
  shape: [2, 3, 4],
  offset,
  forward: (builder, x) => builder.node(op, [x], attributes),
});

const elementwise: GradientCase[] = [
  ...[
    'Relu',
    'LeakyRelu',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
    'Softplus',
    'Softsign',
    'Exp',
    'Abs',
    'Erf',
    'HardSigmoid',
    'Neg',
  ].map((op) => unary(op)),
  ...['Identity', 'Dropout'].map((op) => unary(op)),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => unary(op, 2)),
  unary('Elu', 0, { alpha: float(0.7) }),
  unary('LeakyRelu', 0, { alpha: float(0.3) }),
  unary('Softmax', 0, { axis: int(1) }),
  unary('LogSoftmax', 0, { axis: int(-1) }),
  { name: 'PRelu', shape: [2, 3, 4], forward: (b, x) => b.node('PRelu', [x, weights(b, 3, 1)]) },
  { name: 'Clip', shape: [2, 12], forward: (b, x) => b.node('Clip', [x, b.scalar(-0.4), b.scalar(0.3)]) },
  { name: 'Pow', shape: [2, 12], offset: 2, forward: (b, x) => b.node('Pow', [x, b.scalar(2.5)]) },
  { name: 'Add, broadcast', shape: [2, 3, 4], forward: (b, x) => b.node('Add', [x, b.node('ReduceMean', [x, shapes(b, 2)])]) },
  {
    name: 'Sub of a row from itself',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('Sub', [b.node('ReduceMax', [x, shapes(b, 1, 2)]), x]),
  },
  { name: 'Mul by itself', shape: [2, 5], forward: (b, x) => b.node('Mul', [x, x]) },
  { name: 'Mul, broadcast', shape: [2, 3, 4], forward: (b, x) => b.node('Mul', [b.node('ReduceSum', [x, shapes(b, 1)]), x]) },
  { name: 'Mul by weights of lower rank', shape: [2, 3, 4], forward: (b, x) => b.node('Mul', [weights(b, 3, 1), x]) },
  {
    name: 'Div',
    shape: [2, 6],
    offset: 3,
    forward: (b, x) => b.node('Div', [b.node('Tanh', [x]), b.node('ReduceSum', [x, shapes(b, 1)])]),
  },
  { name: 'Max of two', shape: [2, 6], forward: (b, x) => b.node('Max', [x, b.node('Tanh', [b.node('Neg', [x])])]) },
  { name: 'Min of two', shape: [2, 6], forward: (b, x) => b.node('Min', [x, weights(b, 6)]) },
  {
    name: 'Sum of three',
    shape: [2, 6],
    forward: (b, x) => b.node('Sum', [x, b.node('Exp', [x]), b.node('ReduceMean', [x, shapes(b, 1)])]),
  },
  {
    name: 'Where',
    shape: [2, 6],
    forward: (b, x) => b.node('Where', [b.node('Greater', [x, b.scalar(0.1)]), b.node('Exp', [x]), b.node('Mul', [x, x])]),
  },
  {
    name: 'BatchNormalization',
    shape: [2, 3, 4],
    forward: (b, x) =>
      b.node('BatchNormalization', [x, ...[1, 2, 3].map(() => weights(b, 3)), b.constant(constantOf('float', [3], [0.5, 1, 2]))]),
  },
  {
    name: 'Cast to double and back',
    shape: [2, 6],
    forward: (b, x) => b.node('Cast', [b.node('Exp', [b.node('Cast', [x], { to: int(11) })])], { to: int(1) }),
  },
];

const pool = (op: string, name: string, shape: number[], attributes: Record<string, number[]>, more = {}): GradientCase => ({
  name: `${op} ${name}`,
  shape,
  forward: (b, x) =>
    b.node(op, [x], { ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, ints(value)])), ...more }),
});

const windows = ['MaxPool', 'AveragePool'].flatMap((op) => [
  pool(op, '1-D', [2, 3, 8], { kernel_shape: [2], strides: [2] }),
  pool(op, '1-D, a position left over', [2, 3, 9], { kernel_shape: [2], strides: [2] }),
  pool(op, '1-D, gaps', [2, 3, 9], { kernel_shape: [2], strides: [3] }),
  pool(op, '1-D, overlapping', [2, 3, 9], { kernel_shape: [3], strides: [1], pads: [1, 1] }),
  pool(op, '2-D', [2, 2, 4, 6], { kernel_shape: [2, 2], strides: [2, 2] }),
  pool(op, '2-D, padded', [2, 2, 5, 5], { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 1, 1] }),
  pool(op, '2-D, overlapping, padded', [2, 2, 6, 5], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  pool(op, '2-D, rounded up', [2, 2, 5, 5], { kernel_shape: [2, 2], strides: [2, 2] }, { ceil_mode: int(1) }),
]);

const pooling: GradientCase[] = [
  ...windows,
  pool(
    'AveragePool',
    'counting padding',
    [2, 2, 5, 5],
    { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    { count_include_pad: int(1) },
  ),
  pool('MaxPool', 'dilated', [2, 2, 7], { kernel_shape: [2], strides: [2], dilations: [2] }),
  pool('MaxPool', 'auto_pad SAME_UPPER', [2, 2, 7], { kernel_shape: [2], strides: [2] }, { auto_pad: text('SAME_UPPER') }),
  pool('GlobalAveragePool', '1-D', [2, 3, 5], {}),
  pool('GlobalAveragePool', '2-D', [2, 3, 4, 5], {}),
  pool('GlobalMaxPool', '1-D', [2, 3, 5], {}),
  pool('GlobalMaxPool', '2-D', [2, 3, 4, 5], {}),
];

const reductions: GradientCase[] = ['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin'].flatMap((op) => [
  { name: op, shape: [2, 3, 4], forward: (b, x) => b.node(op, [x, shapes(b, 1, 2)]) },
  { name: `${op} without its axes`, shape: [2, 3, 4], forward: (b, x) => b.node(op, [x, shapes(b, -1)], { keepdims: int(0) }) },
]);

const layout: GradientCase[] = [
  { name: 'Gemm', shape: [2, 5], forward: (b, x) => b.node('Gemm', [x, weights(b, 5, 3), weights(b, 3)]) },
  {
    name: 'Gemm, transposed, scaled',
    shape: [2, 5],
    forward: (b, x) => b.node('Gemm', [x, weights(b, 3, 5)], { transB: int(1), alpha: float(0.5) }),
  },
  {
    name: 'Gemm, both sides',
    shape: [3, 4],
    forward: (b, x) =>
      b.node('Gemm', [x, b.node('Exp', [x]), b.node('ReduceMean', [x, shapes(b, 1)])], { transB: int(1), beta: float(2) }),
  },
  { name: 'Gemm, A transposed', shape: [3, 4], forward: (b, x) => b.node('Gemm', [x, b.node('Exp', [x])], { transA: int(1) }) },
  { name: 'MatMul', shape: [2, 3, 4], forward: (b, x) => b.node('MatMul', [x, weights(b, 4, 2)]) },
  {
    name: 'MatMul, both sides',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('MatMul', [x, b.node('Transpose', [b.node('Tanh', [x])], { perm: ints([0, 2, 1]) })]),
  },
  {
    name: 'Concat',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('Concat', [x, b.node('Exp', [x]), weights(b, 2, 1, 4)], { axis: int(1) }),
  },
  { name: 'Reshape', shape: [2, 3, 4], forward: (b, x) => b.node('Exp', [b.node('Reshape', [x, shapes(b, 0, -1)])]) },
  { name: 'Flatten', shape: [2, 3, 4], forward: (b, x) => b.node('Flatten', [x]) },
  {
    name: 'Transpose',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('Exp', [b.node('Transpose', [x], { perm: ints([1, 2, 0]) })]),
  },
  { name: 'Squeeze', shape: [2, 1, 4], forward: (b, x) => b.node('Squeeze', [x, shapes(b, 1)]) },
  { name: 'Unsqueeze', shape: [2, 4], forward: (b, x) => b.node('Unsqueeze', [x, shapes(b, -1)]) },
  { name: 'Pad', shape: [2, 2, 4], forward: (b, x) => b.node('Exp', [b.node('Pad', [x, shapes(b, 0, 0, 1, 0, 0, 2)])]) },
  {
    name: 'Slice',
    shape: [2, 5, 4],
    forward: (b, x) => b.node('Slice', [x, shapes(b, 1, -3), shapes(b, 4, 100), shapes(b, 1, 2)]),
  },
  {
    name: 'Split',
    shape: [2, 5],
    forward: (b, x) => {
      const [first = '', second = ''] = b.node('Split', [x, shapes(b, 2, 3)], { axis: int(1) }, 2);
      return b.node('Concat', [b.node('Exp', [second]), first], { axis: int(1) });
    },
  },
  {
    name: 'Split, one part unused',
    shape: [2, 5],
    forward: (b, x) => b.node('Split', [x, shapes(b, 2, 3)], { axis: int(1) }, 2)[1] ?? '',
  },
  { name: 'Expand', shape: [2, 1, 4], forward: (b, x) => b.node('Expand', [x, shapes(b, 1, 3, 1)]) },
];

export const gradientCases: readonly GradientCase[] = [...convolutions, ...elementwise, ...pooling, ...reductions, ...layout];
