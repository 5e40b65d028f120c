import { int, ints, text } from '../../src/attributes.js';
import type { Attributes } from '../../src/graph.js';
import { shapes, weights, type GradientCase } from './gradient-case.js';

/** A convolution of 4 filters. */
const conv = (name: string, shape: number[], kernel: number[], attributes: Attributes, group = 1): GradientCase => ({
  name: `Conv ${name}`,
  shape,
  forward: (b, x) =>
    b.node('Conv', [x, weights(b, 4, (shape[1] ?? 1) / group, ...kernel), weights(b, 4)], { ...attributes, group: int(group) }),
});

const transposed = (name: string, shape: number[], weightShape: number[], attributes: Attributes): GradientCase => ({
  name: `ConvTranspose ${name}`,
  shape,
  forward: (b, x) => {
    const group = attributes.group?.kind === 'int' ? attributes.group.value : 1;
    return b.node('ConvTranspose', [x, weights(b, ...weightShape), weights(b, (weightShape[1] ?? 1) * group)], attributes);
  },
});

const pool = (op: string, name: string, shape: number[], attributes: Attributes): GradientCase => ({
  name: `${op} ${name}`,
  shape,
  forward: (b, x) => b.node(op, [x], attributes),
});

const automatic = ['SAME_UPPER', 'SAME_LOWER', 'VALID'].flatMap((mode) => {
  const auto = { auto_pad: text(mode) };
  const window = { kernel_shape: ints([2, 4]), strides: ints([2, 3]) };
  return [
    conv(`auto_pad ${mode}`, [1, 2, 6, 7], [2, 3], { ...auto, strides: ints([2, 2]) }),
    conv(`auto_pad ${mode}, stride 1`, [1, 6, 4, 5], [2, 4], auto),
    pool('MaxPool', `2-D, auto_pad ${mode}`, [1, 2, 5, 7], { ...auto, ...window }),
    pool('AveragePool', `2-D, auto_pad ${mode}`, [1, 2, 5, 7], { ...auto, ...window }),
    pool('AveragePool', `2-D, auto_pad ${mode}, counting padding`, [1, 2, 5, 7], {
      ...auto,
      ...window,
      count_include_pad: int(1),
    }),
  ];
});

/** ResNet's, SqueezeNet's and GoogLeNet's poolings, and rounding up of all kinds. */
const rounded = ['MaxPool', 'AveragePool'].flatMap((op) => {
  const up = { ceil_mode: int(1) };
  const square = (kernel: number, stride: number, pad: number) => ({
    kernel_shape: ints([kernel, kernel]),
    strides: ints([stride, stride]),
    pads: ints([pad, pad, pad, pad]),
  });
  return [
    pool(op, '3 × 3, stride 2, rounded up', [1, 2, 6, 8], { ...square(3, 2, 0), ...up }),
    pool(op, '3 × 3, stride 2, padded, rounded up', [1, 2, 6, 5], { ...square(3, 2, 1), ...up }),
    pool(op, '2 × 2, stride 2, padded, rounded up', [1, 2, 5, 5], { ...square(2, 2, 1), ...up }),
    pool(op, '3 × 3, stride 1, padded', [1, 2, 4, 5], square(3, 1, 1)),
    pool(op, '3-D', [1, 2, 3, 4, 3], { kernel_shape: ints([2, 2, 2]), strides: ints([1, 2, 1]) }),
    pool(op, '3-D, side by side', [1, 2, 4, 2, 6], { kernel_shape: ints([2, 1, 3]), strides: ints([2, 1, 3]) }),
  ];
});

const counting = { count_include_pad: int(1) };

export const windowCases: readonly GradientCase[] = [
  ...automatic,
  ...rounded,
  pool('AveragePool', 'counting padding, rounded up', [1, 2, 6, 5], {
    ...counting,
    kernel_shape: ints([3, 3]),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
    ceil_mode: int(1),
  }),
  pool('AveragePool', 'counting padding, stride 1', [1, 2, 5, 5], {
    ...counting,
    kernel_shape: ints([3, 2]),
    pads: ints([1, 0, 1, 1]),
  }),
  pool('MaxPool', '2-D, dilated, padded, overlapping', [1, 2, 7, 6], {
    kernel_shape: ints([3, 2]),
    strides: ints([1, 2]),
    dilations: ints([2, 3]),
    pads: ints([1, 0, 2, 1]),
  }),
  conv('2-D grouped, stride 2, uneven pads', [1, 4, 6, 5], [3, 3], { strides: ints([2, 2]), pads: ints([0, 1, 1, 2]) }, 2),
  conv('2-D depthwise, dilated', [1, 4, 6, 6], [3, 3], { dilations: ints([2, 2]), pads: ints([2, 2, 2, 2]) }, 4),
  conv('2-D depthwise 5 × 5, stride 2', [1, 4, 6, 7], [5, 5], { strides: ints([2, 2]), pads: ints([2, 2, 2, 2]) }, 4),
  conv('2-D 1 × 1, stride 2', [1, 3, 5, 6], [1, 1], { strides: ints([2, 2]) }),
  conv('2-D patches', [1, 3, 8, 4], [4, 2], { strides: ints([4, 2]) }),
  conv('3-D', [1, 5, 3, 4, 3], [2, 3, 2], { pads: ints([1, 1, 0, 0, 1, 1]) }),
  conv('3-D, stride 2', [1, 2, 4, 4, 3], [2, 3, 2], { strides: ints([2, 2, 1]), pads: ints([1, 1, 0, 0, 1, 1]) }),
  {
    name: 'Conv, bias from the input',
    fixedBatch: true,
    shape: [1, 3, 5],
    forward: (b, x) => b.node('Conv', [x, weights(b, 3, 3, 2), b.node('ReduceMean', [x, shapes(b, 0, 2)], { keepdims: int(0) })]),
  },
  {
    name: 'Conv, weights computed from constants',
    shape: [1, 6, 5],
    forward: (b, x) => b.node('Conv', [x, b.node('Exp', [weights(b, 3, 6, 2)])], { pads: ints([1, 0]) }),
  },
  transposed('1-D', [1, 3, 4], [3, 2, 3], {}),
  transposed('1-D, stride 3, output padding', [1, 3, 4], [3, 2, 3], { strides: ints([3]), output_padding: ints([2]) }),
  transposed('2-D, stride 2, padded, groups', [1, 4, 3, 4], [4, 2, 3, 2], {
    strides: ints([2, 2]),
    pads: ints([1, 0, 1, 1]),
    group: int(2),
  }),
  transposed('2-D, dilated', [1, 2, 3, 3], [2, 3, 2, 2], { dilations: ints([2, 1]) }),
];
