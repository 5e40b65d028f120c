import { float, int, ints, text } from '../../src/attributes.js';
import { GraphBuilder } from '../../src/builder.js';
import { constantOf, int64s } from '../../src/constants.js';
import type { Graph } from '../../src/graph.js';
import { noiseArray } from './array.js';

export interface Architecture {
  readonly name: string;
  /** Without the batch, channels first. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly graph: Graph;
}

type Weights = (shape: readonly number[], scale?: number) => string;

function architecture(
  name: string,
  shape: readonly number[],
  classes: number,
  forward: (b: GraphBuilder, x: string, w: Weights) => string,
): Architecture {
  const builder = new GraphBuilder(name);
  let seed = 1000;
  const weights: Weights = (extents, scale = 1) =>
    builder.constant(constantOf('float', extents, [...noiseArray(extents, ++seed, scale).data]));
  const x = builder.input('input', 'float', [null, ...shape]);
  builder.output(forward(builder, x, weights));
  return { name, shape, classes, graph: builder.build() };
}

/** Small networks with random weights that between them use every DeepLIFT rule. */
export const architectures: readonly Architecture[] = [
  architecture('1-D convolutions, max-pooling that overlaps, softmax', [2, 12], 4, (b, x, w) => {
    const first = b.node('Relu', [b.node('Conv', [x, w([3, 2, 3]), w([3])], { pads: ints([1, 1]) })]);
    const pooled = b.node('MaxPool', [first], { kernel_shape: ints([3]), strides: ints([2]), pads: ints([0, 1]) });
    const second = b.node('LeakyRelu', [b.node('Conv', [pooled, w([4, 3, 3]), w([4])], { pads: ints([1, 1]) })], {
      alpha: float(0.2),
    });
    const flat = b.node('Reshape', [b.node('Transpose', [second], { perm: ints([0, 2, 1]) }), b.constant(int64s([0, 24]))]);
    return b.node('Softmax', [b.node('Gemm', [flat, w([24, 4], 0.5), w([4])])], { axis: int(1) });
  }),
  architecture('2-D, batch normalization, relu6, residual, global max', [1, 5, 5], 3, (b, x, w) => {
    const conv = b.node('Conv', [x, w([2, 1, 3, 3]), w([2])], { pads: ints([1, 1, 1, 1]) });
    const normal = b.node('BatchNormalization', [conv, w([2]), w([2]), w([2]), b.constant(constantOf('float', [2], [0.5, 1.5]))]);
    const clipped = b.node('Clip', [normal, b.scalar(0), b.scalar(0.8)]);
    const deeper = b.node('Elu', [b.node('Conv', [clipped, w([2, 2, 3, 3])], { pads: ints([1, 1, 1, 1]) })]);
    const joined = b.node('Concat', [b.node('Add', [deeper, clipped]), b.node('Tanh', [normal])], { axis: int(1) });
    const global = b.node('Flatten', [b.node('GlobalMaxPool', [joined])]);
    return b.node('Softmax', [b.node('Gemm', [global, w([4, 3]), w([3])])], { axis: int(-1) });
  }),
  architecture('strides, swish, average pooling, products, sigmoid', [2, 6, 6], 2, (b, x, w) => {
    const conv = b.node('Conv', [x, w([4, 1, 3, 3]), w([4])], { group: int(2), strides: ints([2, 2]), pads: ints([0, 0, 1, 1]) });
    const swish = b.node('Mul', [conv, b.node('Sigmoid', [conv])]);
    const averaged = b.node('AveragePool', [swish], { kernel_shape: ints([2, 2]), strides: ints([1, 1]) });
    const squeezed = b.node('GlobalAveragePool', [averaged]);
    const gate = b.node('Softplus', [b.node('Conv', [squeezed, w([4, 4, 1, 1])])]);
    const gated = b.node('Div', [b.node('Mul', [averaged, gate]), b.node('Add', [gate, b.scalar(1)])]);
    const mean = b.node('ReduceMean', [gated, b.constant(int64s([2, 3]))], { keepdims: int(0) });
    return b.node('Sigmoid', [b.node('Gemm', [mean, w([4, 2], 3), w([2])])]);
  }),
  architecture('mobile activations, resizing, borders, log-softmax', [2, 5, 4], 3, (b, x, w) => {
    const bordered = b.node('Pad', [x, b.constant(int64s([0, 0, 1, 1, 0, 0, 1, 1]))], { mode: text('reflect') });
    const conv = b.node('Conv', [bordered, w([4, 1, 3, 3]), w([4])], { group: int(2) });
    const gate = b.node('HardSigmoid', [b.node('Conv', [b.node('GlobalAveragePool', [conv]), w([4, 4, 1, 1])])]);
    const gated = b.node('HardSwish', [b.node('Mul', [conv, gate])]);
    const spread = b.node('ConvTranspose', [gated, w([4, 4, 2, 2])], { strides: ints([2, 1]) });
    const larger = b.node('Resize', [b.node('Mish', [spread]), '', b.constant(constantOf('float', [4], [1, 1, 0.5, 1.6]))], {
      mode: text('linear'),
    });
    const deep = b.node('Celu', [b.node('SpaceToDepth', [b.node('Slice', [larger, ...slices(b)])], { blocksize: int(2) })]);
    const chosen = b.node('Gather', [deep, b.constant(int64s([3, 15, 3, 8, 0, 1]))], { axis: int(1) });
    const flat = b.node('ReduceMean', [b.node('ThresholdedRelu', [chosen], { alpha: float(0.1) }), b.constant(int64s([2, 3]))], {
      keepdims: int(0),
    });
    return b.node('LogSoftmax', [b.node('Gemm', [flat, w([6, 3], 3), w([3])])]);
  }),
  architecture('attention, extremes, gelu', [3, 4], 3, (b, x, w) => {
    const project = (value: string) => b.node('MatMul', [value, w([4, 4])]);
    const keys = b.node('Transpose', [project(x)], { perm: ints([0, 2, 1]) });
    const attention = b.node('Softmax', [b.node('Mul', [b.node('MatMul', [project(x), keys]), b.scalar(0.5)])]);
    const mixed = b.node('Add', [b.node('MatMul', [attention, project(x)]), x]);
    const [half = '', rest = ''] = b.node('Split', [mixed, b.constant(int64s([2, 2]))], { axis: int(2) }, 2);
    const most = b.node('Max', [half, rest]);
    const least = b.node('Min', [b.node('Neg', [half]), b.scalar(0.2)]);
    const joined = b.node('Concat', [most, least], { axis: int(2) });
    const gelu = b.node('Mul', [joined, b.node('Add', [b.node('Erf', [joined]), b.scalar(1)])]);
    const largest = b.node('ReduceMax', [gelu, b.constant(int64s([1]))]);
    const smallest = b.node('ReduceMin', [gelu, b.constant(int64s([1]))]);
    const flat = b.node('Flatten', [b.node('Concat', [largest, smallest], { axis: int(2) })]);
    return b.node('Softmax', [b.node('Gemm', [flat, w([8, 3]), w([3])])]);
  }),
];

/** All rows but the last, backwards, and the first four columns. */
function slices(b: GraphBuilder): string[] {
  return [
    [-2, 0],
    [-100, 4],
    [2, 3],
    [-1, 1],
  ].map((list) => b.constant(int64s(list)));
}
