import { constantOf, GraphBuilder, int, int64s, ints, type Model, writeOnnx } from '@xaigrid/graph';
import { readModel } from '../../src/index.js';
import { normals } from './random.js';

/** A model as an ONNX file has it. */
export interface OnnxModel {
  readonly name: string;
  /** Channels first, without the batch. */
  readonly shape: readonly number[];
  readonly forward: (builder: GraphBuilder, x: string, weights: Weights) => string;
}

/** Normal noise of that shape over √(its fan-in), times `scale`. */
type Weights = (shape: readonly number[], scale?: number) => string;

/** Writes the model as an ONNX file and reads it as users' models are read. */
export function readOnnxModel({ name, shape, forward }: OnnxModel): Promise<Model> {
  const builder = new GraphBuilder(name);
  let seed = 0;
  const weights: Weights = (extents, scale = 1) => {
    const count = extents.reduce((product, extent) => product * extent, 1);
    const fanIn = extents.length === 1 ? 1 : extents.length === 2 ? (extents[0] ?? 1) : count / (extents[0] ?? 1);
    seed += 1;
    const values = Array.from(normals(count, 100 + seed), (value) => (scale * value) / Math.sqrt(fanIn));
    return builder.constant(constantOf('float', extents, values), 'weight');
  };
  builder.output(forward(builder, builder.input('input', 'float', [null, ...shape]), weights));
  return readModel({ files: [{ name: `${name}.onnx`, bytes: writeOnnx(builder.build()) }], name });
}

/** Zeros (or nothing) around the two position axes. */
function padded(builder: GraphBuilder, value: string, before: number, after = before): string {
  return builder.node('Pad', [value, builder.constant(int64s([0, 0, before, before, 0, 0, after, after]), 'pads')]);
}

const windows = (size: number) => ({ kernel_shape: ints([size, size]), strides: ints([2, 2]) });

/** Networks whose values are padded and read by DeepLIFT's rules as well, and composites that it takes apart. */
export const onnxModels: readonly OnnxModel[] = [
  {
    // As PyTorch writes LeNet-5: an average pooling with a Pad of nothing before it.
    name: 'tanh, paddings of nothing, average pooling',
    shape: [1, 16, 16],
    forward: (b, x, w) => {
      const pool = (value: string) => b.node('AveragePool', [padded(b, value, 0)], windows(2));
      const first = pool(b.node('Tanh', [b.node('Conv', [x, w([6, 1, 5, 5]), w([6])])]));
      const second = pool(b.node('Tanh', [b.node('Conv', [first, w([8, 6, 3, 3]), w([8])])]));
      return b.node('Gemm', [b.node('Flatten', [second]), w([32, 4], 3), w([4])]);
    },
  },
  {
    name: 'zeros before average pooling and convolution, elu',
    shape: [2, 9, 9],
    forward: (b, x, w) => {
      const first = b.node('Elu', [b.node('Conv', [padded(b, x, 2), w([4, 2, 5, 5]), w([4])], { strides: ints([2, 2]) })]);
      const pooled = b.node('AveragePool', [padded(b, first, 1)], windows(3));
      const second = b.node('Elu', [b.node('Conv', [padded(b, pooled, 0, 1), w([4, 4, 2, 2])])]);
      return b.node('Gemm', [b.node('Flatten', [second]), w([36, 3], 3)]);
    },
  },
  {
    // As ResNet50 of keras.applications begins, with an activation that goes below the zeros.
    name: 'zeros first, and before max-pooling of negative values',
    shape: [3, 12, 12],
    forward: (b, x, w) => {
      const first = b.node('Conv', [padded(b, x, 3), w([4, 3, 7, 7]), w([4])], { strides: ints([2, 2]) });
      const below = b.node('Sub', [b.node('LeakyRelu', [first]), b.scalar(1)]);
      const pooled = b.node('MaxPool', [padded(b, below, 1)], windows(3));
      const joined = b.node('Add', [b.node('Conv', [padded(b, pooled, 1), w([4, 4, 3, 3])]), pooled]);
      return b.node('Gemm', [
        b.node('ReduceMean', [b.node('Sigmoid', [joined]), b.constant(int64s([2, 3]))], { keepdims: int(0) }),
        w([4, 3], 6),
      ]);
    },
  },
  {
    // As Deep SHAP sees a vision transformer: class token, attention, layer normalisation, GELU.
    name: 'attention with a class token',
    shape: [3, 8, 8],
    forward: (b, x, w) => {
      const patches = b.node('Reshape', [
        b.node('Conv', [x, w([8, 3, 4, 4]), w([8])], { strides: ints([4, 4]) }),
        b.constant(int64s([0, 8, 4])),
      ]);
      const spread = b.node('Transpose', [patches], { perm: ints([0, 2, 1]) });
      const nothing = b.node('Mul', [
        b.node('Slice', [spread, ...[[0], [1], [1]].map((list) => b.constant(int64s(list)))]),
        b.scalar(0),
      ]);
      const tokens = b.node('Concat', [b.node('Add', [nothing, w([1, 1, 8])]), spread], { axis: int(1) });
      const normal = (value: string) => b.node('LayerNormalization', [value, w([8], 0.3), w([8], 0.3)], { axis: int(-1) });
      const project = (value: string) => b.node('MatMul', [value, w([8, 8])]);
      const before = normal(tokens);
      const scores = b.node('MatMul', [project(before), b.node('Transpose', [project(before)], { perm: ints([0, 2, 1]) })]);
      const attended = b.node('MatMul', [b.node('Softmax', [scores], { axis: int(-1) }), project(before)]);
      const between = b.node('Add', [tokens, attended]);
      const hidden = b.node('MatMul', [normal(between), w([8, 16])]);
      const gelu = b.node('Mul', [
        hidden,
        b.node('Add', [b.node('Erf', [b.node('Mul', [hidden, b.scalar(Math.SQRT1_2)])]), b.scalar(1)]),
      ]);
      const after = b.node('Add', [between, b.node('MatMul', [gelu, w([16, 8], 0.5)])]);
      const token = b.node('Gather', [after, b.constant(constantOf('int64', [], [0]))], { axis: int(1) });
      return b.node('Gemm', [token, w([8, 4], 2), w([4])]);
    },
  },
  {
    name: 'log-softmax, max-pooling that overlaps',
    shape: [2, 11, 9],
    forward: (b, x, w) => {
      const conv = b.node('Relu', [b.node('Conv', [x, w([5, 2, 3, 3]), w([5])])]);
      const pooled = b.node('MaxPool', [conv], windows(3));
      return b.node('LogSoftmax', [b.node('Gemm', [b.node('Flatten', [pooled]), w([60, 3], 3)])], { axis: int(1) });
    },
  },
  {
    name: 'one logit, swish, squeeze and excitation',
    shape: [2, 6, 6],
    forward: (b, x, w) => {
      const conv = b.node('Conv', [x, w([4, 2, 3, 3]), w([4])]);
      const swish = b.node('Mul', [conv, b.node('Sigmoid', [conv])]);
      const gate = b.node('Sigmoid', [b.node('Conv', [b.node('GlobalAveragePool', [swish]), w([4, 4, 1, 1])])]);
      const pooled = b.node('GlobalAveragePool', [b.node('Mul', [swish, gate])]);
      return b.node('Gemm', [b.node('Flatten', [pooled]), w([4, 1], 8), w([1])]);
    },
  },
];
