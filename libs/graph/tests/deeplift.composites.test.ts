import { describe, expect, it } from 'vitest';
import { float, int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { inDoublePrecision } from '../src/double/double-precision.js';
import type { Graph } from '../src/graph.js';
import { arrayOf, noise, noiseArray, type NdArray } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { pairGraph } from './reference/pairs.js';

type Weights = (shape: readonly number[]) => string;

/** `[3 tokens, 4 features]` through one composite, then two classes. */
function through(composite: (b: GraphBuilder, x: string, w: Weights) => string): Graph {
  const builder = new GraphBuilder('composite');
  let seed = 40;
  const weights: Weights = (shape) => builder.constant(constantOf('float', shape, [...noiseArray(shape, ++seed).data]));
  const y = composite(builder, builder.input('x', 'float', [null, 3, 4]), weights);
  builder.output(builder.node('MatMul', [builder.node('Flatten', [y]), weights([12, 2])]), 'y');
  return builder.build();
}

const transposed = (b: GraphBuilder, value: string) => b.node('Transpose', [value], { perm: ints([0, 2, 1]) });
const last = (b: GraphBuilder) => b.constant(int64s([2]));

const composites: Record<string, (b: GraphBuilder, x: string, w: Weights) => string> = {
  'a product of two matrices that both move': (b, x, w) =>
    b.node('MatMul', [b.node('MatMul', [x, transposed(b, x)]), b.node('MatMul', [x, w([4, 4])])]),
  attention: (b, x, w) => {
    const scores = b.node('MatMul', [b.node('MatMul', [x, w([4, 4])]), transposed(b, x)]);
    return b.node('MatMul', [b.node('Softmax', [b.node('Mul', [scores, b.scalar(3)])], { axis: int(-1) }), x]);
  },
  'a softmax written out': (b, x) => {
    const e = b.node('Exp', [b.node('Sub', [x, b.node('ReduceMax', [x, last(b)])])]);
    return b.node('Div', [e, b.node('ReduceSum', [e, last(b)])]);
  },
  'layer normalisation': (b, x, w) => b.node('LayerNormalization', [x, w([4]), w([4])], { axis: int(-1), epsilon: float(1e-5) }),
  'RMS normalisation, written out': (b, x, w) => {
    const square = b.node('ReduceMean', [b.node('Mul', [x, x]), last(b)]);
    return b.node('Mul', [b.node('Div', [x, b.node('Sqrt', [b.node('Add', [square, b.scalar(1e-5)])])]), w([4])]);
  },
  'lengths made one': (b, x) => b.node('Div', [x, b.node('Add', [b.node('ReduceL2', [x, last(b)]), b.scalar(1e-3)])]),
  'GELU by tanh': (b, x) => {
    const cube = b.node('Mul', [x, b.node('Mul', [x, x])]);
    const inner = b.node('Mul', [
      b.node('Add', [x, b.node('Mul', [cube, b.scalar(0.044715)])]),
      b.scalar(Math.sqrt(2 / Math.PI)),
    ]);
    return b.node('Mul', [b.node('Mul', [x, b.scalar(0.5)]), b.node('Add', [b.node('Tanh', [inner]), b.scalar(1)])]);
  },
  SiLU: (b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])]),
  'ReLU6, and hard swish by it': (b, x) =>
    b.node('Mul', [x, b.node('Div', [b.node('Clip', [b.node('Add', [x, b.scalar(3)]), b.scalar(0), b.scalar(6)]), b.scalar(6)])]),
  'squeeze and excitation': (b, x, w) =>
    b.node('Mul', [x, b.node('Sigmoid', [b.node('MatMul', [b.node('ReduceMean', [x, b.constant(int64s([1]))]), w([4, 4])])])]),
  'a quotient of what moves': (b, x, w) =>
    b.node('Div', [x, b.node('Add', [b.node('Softplus', [b.node('MatMul', [x, w([4, 4])])]), b.scalar(0.1)])]),
  // As torch.rsqrt is written.
  'RMS normalisation by one over a root': (b, x, w) => {
    const square = b.node('ReduceMean', [b.node('Mul', [x, x]), last(b)]);
    const root = b.node('Sqrt', [b.node('Add', [square, b.scalar(1e-5)])]);
    return b.node('Mul', [b.node('Mul', [x, b.node('Div', [b.scalar(1), root])]), w([4])]);
  },
  'weights over what moves': (b, x, w) =>
    b.node('Div', [w([4]), b.node('Add', [b.node('Softplus', [b.node('MatMul', [x, w([4, 4])])]), b.scalar(0.1)])]),
  'the larger and the smaller of two': (b, x, w) =>
    b.node('Sub', [b.node('Max', [x, b.node('MatMul', [x, w([4, 4])])]), b.node('Min', [x, b.node('MatMul', [x, w([4, 4])])])]),
  'overlapping maxima': (b, x) =>
    b.node('Concat', [b.node('MaxPool', [x], { kernel_shape: ints([3]), strides: ints([1]), pads: ints([1, 1]) })], {
      axis: int(1),
    }),
};

const PAIRS = 40;

/** Samples, and references of which some values are the sample's, some all but, some small, some far away. */
function pairsOf(scale: number): { x: NdArray; r: NdArray } {
  const draw = noise(8);
  const x = arrayOf([PAIRS, 3, 4], () => scale * draw());
  const moves = [() => 0, () => 1e-7 * draw(), () => 3e-6 * draw(), () => scale * draw(), () => 4 * scale * draw()];
  const r = arrayOf([PAIRS, 3, 4], (i) => (x.data[i] ?? 0) + (moves[Math.floor(2.5 * (draw() + 1))]?.() ?? 0));
  return { x, r };
}

/** The largest miss of the sum over all pairs, over the largest change. */
async function relativeMiss(graph: Graph, type: 'float32' | 'float64', scale: number): Promise<number> {
  const { x, r } = pairsOf(scale);
  const rounded = (array: NdArray) => (type === 'float64' ? array : arrayOf(array.shape, Float32Array.from(array.data)));
  const feeds = { x: rounded(x), r: rounded(r), seed: arrayOf([PAIRS, 2], (i) => Number(i % 2 === 0)) };
  const values = await runOnnx(pairGraph(type === 'float64' ? inDoublePrecision(graph) : graph).graph, feeds, type);
  const [m, px, pr] = ['m', 'px', 'pr'].map((name) => valueIn(values, name).data);
  const changes = Array.from({ length: PAIRS }, (_, pair) => (px?.[2 * pair] ?? NaN) - (pr?.[2 * pair] ?? NaN));
  const misses = changes.map((change, pair) => {
    let sum = 0;
    for (let i = 12 * pair; i < 12 * (pair + 1); i++)
      sum += (m?.[i] ?? NaN) * ((feeds.x.data[i] ?? NaN) - (feeds.r.data[i] ?? NaN));
    return Math.abs(sum - change);
  });
  return Math.max(...misses) / Math.max(...changes.map(Math.abs));
}

describe.each(Object.keys(composites))('DeepLIFT of %s', (name) => {
  const graph = through(composites[name] ?? ((b, x) => b.node('Identity', [x])));

  it.each([1, 30])('adds up for inputs around %d', async (scale) => {
    // The two-input rules give an input that moves by less than 1e-7 nothing, and the rescale rule takes the derivative below 1e-6.
    expect(await relativeMiss(graph, 'float64', scale)).toBeLessThan(1e-7);
    expect(await relativeMiss(graph, 'float32', scale)).toBeLessThan(5e-6);
  });

  it('adds up but for those limits where inputs are as small', async () => {
    // Lengths of 1e-3: their squares, 1e-6, are all below the limit. 5e-3 there, elsewhere up to 3e-4.
    expect(await relativeMiss(graph, 'float64', 1e-3)).toBeLessThan(1e-2);
  });
});
