import { float, int, ints, text } from '../../src/attributes.js';
import { constantOf } from '../../src/constants.js';
import { shapes, weights, type GradientCase } from './gradient-case.js';
import { indexingCases } from './gradient-cases.indexing.js';
import { normalizationCases } from './gradient-cases.normalization.js';
import { recurrentCases } from './gradient-cases.recurrent.js';
import { resizeCases } from './gradient-cases.resize.js';
import { windowCases } from './gradient-cases.windows.js';

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
    'Sin',
    'Cos',
    'Exp',
    'Abs',
    'Erf',
    'HardSigmoid',
    'Neg',
  ].map((op) => unary(op)),
  ...['Identity', 'Dropout'].map((op) => unary(op)),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => unary(op, 2)),
  ...['HardSwish', 'Celu', 'Mish', 'Sign', 'Floor', 'Ceil', 'Round'].map((op) => unary(op)),
  unary('HardSwish', 3.2),
  unary('HardSwish', -2.8),
  unary('Celu', -0.5, { alpha: float(0.5) }),
  unary('ThresholdedRelu', 0, { alpha: float(0.25) }),
  unary('HardSigmoid', 0, { alpha: float(1.5), beta: float(0.25) }),
  unary('Elu', 0, { alpha: float(0.7) }),
  unary('LeakyRelu', 0, { alpha: float(0.3) }),
  unary('Softmax', 0, { axis: int(1) }),
  unary('LogSoftmax', 0, { axis: int(-1) }),
  { name: 'PRelu', shape: [2, 3, 4], forward: (b, x) => b.node('PRelu', [x, weights(b, 3, 1)]) },
  { name: 'Clip', shape: [2, 12], forward: (b, x) => b.node('Clip', [x, b.scalar(-0.4), b.scalar(0.3)]) },
  { name: 'Clip from below', shape: [2, 12], forward: (b, x) => b.node('Clip', [x, b.scalar(-0.4)]) },
  { name: 'Clip from above', shape: [2, 12], forward: (b, x) => b.node('Clip', [x, '', b.scalar(0.4)]) },
  {
    name: 'Pow of two tensors',
    shape: [2, 5],
    offset: 2,
    forward: (b, x) => b.node('Pow', [x, b.node('ReduceMean', [x, shapes(b, 1)])]),
  },
  { name: 'Pow, a square', shape: [2, 12], forward: (b, x) => b.node('Pow', [x, b.scalar(2)]) },
  { name: 'Pow, integer exponents', shape: [2, 3], forward: (b, x) => b.node('Pow', [x, shapes(b, 3, 2, 1)]) },
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
    name: 'Max of three',
    shape: [2, 6],
    forward: (b, x) => b.node('Max', [x, b.node('Neg', [x]), b.node('ReduceMax', [b.node('Tanh', [x]), shapes(b, 1)])]),
  },
  { name: 'Min of three, two of them the same', shape: [2, 6], forward: (b, x) => b.node('Min', [x, x, weights(b, 6)]) },
  {
    name: 'Mean of three',
    shape: [2, 6],
    forward: (b, x) => b.node('Mean', [x, b.node('Exp', [x]), b.node('ReduceSum', [x, shapes(b, 1)])]),
  },
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
    name: 'BatchNormalization, statistics computed from constants',
    shape: [2, 3, 4],
    forward: (b, x) =>
      b.node('BatchNormalization', [x, weights(b, 3), weights(b, 3), weights(b, 3), b.node('Exp', [weights(b, 3)])]),
  },
  {
    name: 'Cast to whole numbers, beside what is not',
    shape: [2, 6],
    forward: (b, x) => b.node('Add', [b.node('Exp', [x]), b.node('Cast', [b.node('Cast', [x], { to: int(7) })], { to: int(1) })]),
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

const reductions: GradientCase[] = [
  ...['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'],
].flatMap((op) => [
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
  {
    name: 'Gemm, A transposed',
    fixedBatch: true,
    shape: [3, 4],
    forward: (b, x) => b.node('Gemm', [x, b.node('Exp', [x])], { transA: int(1) }),
  },
  { name: 'MatMul', shape: [2, 3, 4], forward: (b, x) => b.node('MatMul', [x, weights(b, 4, 2)]) },
  {
    name: 'MatMul, factors repeated over the batch',
    shape: [2, 3, 4],
    forward: (b, x) => {
      const columns = b.node('Reshape', [x, shapes(b, 0, 1, 4, 3)]);
      return b.node('MatMul', [b.node('Unsqueeze', [b.node('Tanh', [x]), shapes(b, 1)]), columns]);
    },
  },
  {
    name: 'MatMul, one factor without a batch',
    shape: [2, 5, 3],
    forward: (b, x) => b.node('MatMul', [weights(b, 4, 5), b.node('Add', [x, b.node('MatMul', [x, weights(b, 3, 3)])])]),
  },
  { name: 'MatMul by a vector', shape: [2, 3, 4], forward: (b, x) => b.node('MatMul', [x, weights(b, 4)]) },
  { name: 'MatMul of a vector', shape: [2, 3, 4], forward: (b, x) => b.node('MatMul', [weights(b, 3), x]) },
  {
    name: 'MatMul, both sides',
    shape: [2, 3, 4],
    forward: (b, x) => b.node('MatMul', [x, b.node('Transpose', [b.node('Tanh', [x])], { perm: ints([0, 2, 1]) })]),
  },
  {
    name: 'Concat',
    fixedBatch: true,
    shape: [2, 3, 4],
    forward: (b, x) => b.node('Concat', [x, b.node('Exp', [x]), weights(b, 2, 1, 4)], { axis: int(1) }),
  },
  { name: 'Reshape', shape: [2, 3, 4], forward: (b, x) => b.node('Exp', [b.node('Reshape', [x, shapes(b, 0, -1)])]) },
  { name: 'Flatten', shape: [2, 3, 4], forward: (b, x) => b.node('Flatten', [x]) },
  {
    name: 'Transpose',
    fixedBatch: true,
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
  {
    name: 'Split in equal parts',
    shape: [2, 6],
    forward: (b, x) => {
      const parts = b.node('Split', [x, shapes(b, 2, 2, 2)], { axis: int(-1) }, 3);
      return b.node('Mul', [parts[0] ?? '', b.node('Exp', [parts[2] ?? ''])]);
    },
  },
  { name: 'CumSum', shape: [2, 5], forward: (b, x) => b.node('CumSum', [b.node('Exp', [x]), b.scalar(1, 'int64')]) },
  {
    name: 'CumSum, exclusive, from the end',
    shape: [2, 5],
    forward: (b, x) => b.node('CumSum', [b.node('Exp', [x]), b.scalar(1, 'int64')], { exclusive: int(1), reverse: int(1) }),
  },
  { name: 'Expand', shape: [2, 1, 4], forward: (b, x) => b.node('Expand', [x, shapes(b, 1, 3, 1)]) },
];

export const gradientCases: readonly GradientCase[] = [
  ...convolutions,
  ...elementwise,
  ...pooling,
  ...reductions,
  ...layout,
  ...windowCases,
  ...indexingCases,
  ...resizeCases,
  ...recurrentCases,
  ...normalizationCases,
];
