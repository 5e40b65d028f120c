import { describe, expect, it } from 'vitest';
import { int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { mixingNode } from '../src/mixing/mixing-node.js';
import { constantOf, int64s } from '../src/constants.js';
import { architectureGoldens, architectureGraph } from './architectures/architecture.js';
import { noiseArray } from './reference/array.js';
import { gradientCases } from './reference/gradient-cases.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

type Forward = (b: GraphBuilder, x: string) => string;

const axes = (b: GraphBuilder, ...values: number[]) => b.constant(int64s(values));
const reshape = (b: GraphBuilder, x: string, ...shape: number[]) => b.node('Reshape', [x, axes(b, ...shape)]);
const SHAPE = [4, 6];

/** `[n, 4, 6]` → … → `[n, …]` */
const mixing: Record<string, Forward> = {
  'a scale over the batch': (b, x) => {
    const [quantized = '', scale = '', zero = ''] = b.node('DynamicQuantizeLinear', [x], {}, 3);
    return b.node('DequantizeLinear', [quantized, scale, zero]);
  },
  'a mean over the batch': (b, x) => b.node('Sub', [x, b.node('ReduceMean', [x, axes(b, 0)])]),
  'a sum over everything': (b, x) => b.node('Div', [x, b.node('ReduceSum', [x])]),
  'a softmax over samples': (b, x) => b.node('Softmax', [x], { axis: int(0) }),
  'a running sum over samples': (b, x) => b.node('CumSum', [x, b.scalar(0, 'int64')]),
  'a unit vector over samples': (b, x) => b.node('LpNormalization', [x], { axis: int(0) }),
  'a softmax over everything': (b, x) =>
    b.node('Mul', [x, reshape(b, b.node('Softmax', [reshape(b, x, 1, -1)], { axis: int(1) }), -1, ...SHAPE)]),
  'samples in another order': (b, x) => b.node('Slice', [x, axes(b, -1), axes(b, -(2 ** 40)), axes(b, 0), axes(b, -1)]),
  'a product of samples with samples': (b, x) => {
    const flat = reshape(b, x, -1, 24);
    return b.node('MatMul', [b.node('MatMul', [flat, b.node('Transpose', [flat])]), flat]);
  },
  'channels that are samples': (b, x) => {
    const turned = b.node('Transpose', [x], { perm: ints([1, 0, 2]) });
    return b.node('Transpose', [b.node('CumSum', [turned, b.scalar(1, 'int64')])], { perm: ints([1, 0, 2]) });
  },
  'samples taken for positions': (b, x) => {
    const volume = reshape(b, x, 1, 4, -1, 6);
    const smooth = b.node('AveragePool', [volume], { kernel_shape: ints([3, 1]), pads: ints([1, 0, 1, 0]) });
    return reshape(b, smooth, -1, ...SHAPE);
  },
  'rows shared out anew': (b, x) => b.node('Transpose', [reshape(b, x, 4, -1, 6)], { perm: ints([1, 0, 2]) }),
  'an operator that nothing is known of': (b, x) =>
    b.node('ScatterElements', [x, b.node('Cast', [b.node('Sign', [x])], { to: int(7) }), x]),
};

const apart: Record<string, Forward> = {
  'steps first': (b, x) => {
    const steps = b.node('Transpose', [x], { perm: ints([1, 0, 2]) });
    const sums = b.node('CumSum', [steps, b.scalar(0, 'int64')]);
    return b.node('Transpose', [sums], { perm: ints([1, 0, 2]) });
  },
  'heads in the axis of the batch': (b, x) => {
    const heads = reshape(b, x, -1, 2, 6);
    const scores = b.node('Softmax', [b.node('MatMul', [heads, b.node('Transpose', [heads], { perm: ints([0, 2, 1]) })])]);
    return reshape(b, b.node('MatMul', [scores, heads]), -1, ...SHAPE);
  },
  'steps and samples as rows of one matrix, and back': (b, x) => {
    const rowsOf = reshape(b, b.node('Transpose', [x], { perm: ints([1, 0, 2]) }), -1, 6);
    const weights = b.constant(constantOf('float', [6, 6], [...noiseArray([6, 6], 3).data]));
    const steps = reshape(b, b.node('Gemm', [rowsOf, weights]), 4, -1, 6);
    return b.node('Transpose', [steps], { perm: ints([1, 0, 2]) });
  },
  'what is the same for all': (b, x) =>
    b.node('Add', [
      x,
      b.node('ReduceMean', [b.constant(constantOf('float', [2, 6], [...noiseArray([2, 6], 3).data])), axes(b, 0)]),
    ]),
};

function graphOf(forward: Forward) {
  const builder = new GraphBuilder();
  builder.output(forward(builder, builder.input('x', 'float', [null, ...SHAPE])), 'y');
  return builder.build();
}

/** The last sample's output in two different companies. */
async function inCompany(forward: Forward): Promise<Float64Array[]> {
  const graph = graphOf(forward);
  const size = 24;
  const own = noiseArray([1, ...SHAPE], 5).data;
  const companies = [1, 2].map((seed) => noiseArray([2, ...SHAPE], seed).data.map((value) => 3 * value));
  return Promise.all(
    companies.map(async (others) => {
      const x = { shape: [3, ...SHAPE], data: Float64Array.from([...others, ...own]) };
      return Float64Array.from(valueIn(await runOnnx(graph, { x }), 'y').data.slice(-size));
    }),
  );
}

describe('samples of a batch meet', () => {
  it.each(Object.keys(mixing))('in %s', async (name) => {
    const forward = mixing[name] ?? ((_, x) => x);
    expect(mixingNode(graphOf(forward))).toBeDefined();
    const [a = [], b = []] = await inCompany(forward);
    if (name !== 'an operator that nothing is known of') expect([...a]).not.toEqual([...b]);
  });

  it.each(Object.keys(apart))('not in %s', async (name) => {
    const forward = apart[name] ?? ((_, x) => x);
    expect(mixingNode(graphOf(forward))).toBeUndefined();
    const [a = [], b = []] = await inCompany(forward);
    expect([...a]).toEqual([...b]);
  });

  it.each(architectureGoldens.map(({ name }) => name))('not in %s', async (name) => {
    expect(mixingNode(await architectureGraph(name))).toBeUndefined();
  });

  // But those whose batch is part of what they compute, or not in front, and a product of samples with samples.
  const others = gradientCases.filter(
    ({ fixedBatch, name }) => fixedBatch !== true && !/^(LSTM|GRU|RNN) |^Gemm, both sides/.test(name),
  );
  it.each(others)('not in $name', ({ shape, forward }) => {
    const builder = new GraphBuilder();
    builder.output(forward(builder, builder.input('x', 'float', [null, ...shape.slice(1)])), 'y');
    expect(mixingNode(builder.build())?.op).toBeUndefined();
  });
});
