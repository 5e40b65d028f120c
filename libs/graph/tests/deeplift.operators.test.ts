import { describe, expect, it } from 'vitest';
import { float, int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { decomposed, decomposedOperators } from '../src/deeplift/decompose.js';
import { prepareDeepLift } from '../src/deeplift/prepare.js';
import { inDoublePrecision } from '../src/double/double-precision.js';
import type { Graph } from '../src/graph.js';
import { arrayOf, noiseArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { gradientCases } from './reference/gradient-cases.js';
import { interpret, valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { pairGraph, row } from './reference/pairs.js';

const numbers = (b: GraphBuilder, ...values: number[]) => b.constant(int64s(values));
const weights = (b: GraphBuilder, shape: number[], seed: number) =>
  b.constant(constantOf('float', shape, [...noiseArray(shape, seed).data]));

/** A graph from `x` to `y`. */
function graphOf(shape: readonly (number | null)[], forward: (b: GraphBuilder, x: string) => string): Graph {
  const builder = new GraphBuilder('model');
  builder.output(forward(builder, builder.input('x', 'float', shape)), 'y');
  return builder.build();
}

const takenApart = gradientCases.filter(({ shape, forward }) =>
  graphOf(shape, forward).nodes.some(({ op }) => decomposedOperators.includes(op)),
);

describe('operators taken apart', () => {
  it.each(takenApart)('compute the same: $name', ({ shape, forward }) => {
    const graph = graphOf(shape, forward);
    const parts = decomposed(graph);
    expect(parts.nodes.filter(({ op }) => decomposedOperators.includes(op))).toEqual([]);
    const x = noiseArray(shape, 4);
    const expected = valueIn(interpret(graph, { x }), 'y');
    // Attributes are float32.
    expect(relativeDifference(valueIn(interpret(parts, { x }), 'y'), expected)).toBeLessThan(2e-7);
  });

  it('have all been tried', () => {
    const tried = new Set(takenApart.flatMap(({ shape, forward }) => graphOf(shape, forward).nodes.map(({ op }) => op)));
    expect(decomposedOperators.filter((op) => !tried.has(op))).toEqual([]);
  });
});

/** Normalisations of all kinds, with a length and a logarithm at the end. */
const normalizing = graphOf([null, 4, 3, 3], (b, x) => {
  const conv = b.node('Conv', [x, weights(b, [4, 4, 2, 2], 1)]);
  const response = b.node('LRN', [conv], { size: int(3), alpha: float(2), beta: float(0.6), bias: float(1.2) });
  const instances = b.node('InstanceNormalization', [response, weights(b, [4], 2), weights(b, [4], 3)], { epsilon: float(0.05) });
  const last = b.node('Transpose', [instances], { perm: ints([0, 2, 3, 1]) });
  const layer = b.node('LayerNormalization', [last, weights(b, [4], 4), weights(b, [4], 5)], { epsilon: float(0.05) });
  const lengths = ['ReduceL2', 'ReduceL1', 'ReduceLogSumExp', 'ReduceSumSquare'].map((op) =>
    b.node(op, [layer, numbers(b, 1, 2)], { keepdims: int(0) }),
  );
  return b.node('LogSoftmax', [b.node('Gemm', [b.node('Concat', lengths, { axis: int(1) }), weights(b, [16, 3], 6)])]);
});

describe('DeepLIFT through normalizations', () => {
  it('adds up in float64', async () => {
    const { graph } = pairGraph(inDoublePrecision(normalizing));
    const [x, r] = [noiseArray([1, 4, 3, 3], 7), noiseArray([5, 4, 3, 3], 8)];
    const values = await runOnnx(graph, { x, r, seed: arrayOf([1, 3], (index) => Number(index === 2)) }, 'float64');
    const [m, px, pr] = ['m', 'px', 'pr'].map((name) => valueIn(values, name));
    for (let index = 0; index < 5; index++) {
      const differences = row(r, index).data.map((value, i) => (x.data[i] ?? 0) - value);
      const sum = m && row(m, index).data.reduce((total, value, i) => total + value * (differences[i] ?? 0), 0);
      const change = (px?.data[2] ?? 0) - (pr?.data[index * 3 + 2] ?? 0);
      expect(Math.abs((sum ?? NaN) - change)).toBeLessThan(1e-12);
    }
  });
});

describe('inDoublePrecision', () => {
  it.each(gradientCases.filter(({ name }) => name.startsWith('AveragePool')))('keeps $name', async ({ shape, forward }) => {
    const graph = graphOf([null, ...shape.slice(1)], forward);
    const double = inDoublePrecision(graph);
    const x = noiseArray(shape, 4);
    const found = valueIn(await runOnnx(double, { x }, 'float64'), double.outputs[0]?.name ?? '');
    expect(relativeDifference(found, valueIn(interpret(graph, { x }), 'y'))).toBeLessThan(1e-14);
  });
});

describe('prepareDeepLift refuses, naming the node,', () => {
  const refusal = (graph: Graph, message: RegExp) =>
    expect(() => pairGraph(graph)).toThrow(
      expect.objectContaining({ code: 'OPERATION_UNSUPPORTED', message: expect.stringMatching(message) as string }),
    );

  it('a choice by what varies', () => {
    const graph = graphOf([null, 3], (b, x) => b.named('choice', 'Where', [b.node('Greater', [x, b.scalar(0)]), x, b.scalar(1)]));
    expect(() => prepareDeepLift(graph)).toThrow(/"(choice|Greater)" uses/);
  });

  it('whole numbers in the way', () => {
    refusal(
      graphOf([null, 3], (b, x) => b.node('Cast', [b.named('whole', 'Cast', [x], { to: int(7) })], { to: int(1) })),
      /\(Cast\) cannot be differentiated: whole numbers/,
    );
  });
});

/** Sums of some tens of float64 products. */
const ROUNDING = 1e-13;

describe('DeepLIFT where the batch is not the first axis', () => {
  it('takes heads that are merged with it, as PyTorch before 2.0 wrote attention', () => {
    const graph = graphOf([null, 6, 4], (b, x) => {
      const heads = b.node('Reshape', [x, numbers(b, -1, 3, 4)]);
      const squares = b.named('squares', 'Mul', [heads, heads]);
      return b.node('Reshape', [squares, numbers(b, -1, 24)]);
    });
    const { graph: pairs, forward } = pairGraph(graph, undefined, 3);
    expect(forward.inRows).toBe(false);
    const [x, r] = [noiseArray([3, 6, 4], 1), noiseArray([3, 6, 4], 2)];
    const m = valueIn(interpret(pairs, { x, r, seed: arrayOf([3, 24], () => 1) }), 'm');
    // x² − r² = (x + r)·(x − r)
    const expected = arrayOf(x.shape, (index) => (x.data[index] ?? 0) + (r.data[index] ?? 0));
    expect(relativeDifference(m, expected)).toBeLessThan(ROUNDING);
  });

  it('takes attention over steps in the first axis, and gives the same as with the batch there', () => {
    const project = (b: GraphBuilder, value: string, seed: number) => b.node('MatMul', [value, weights(b, [4, 4], seed)]);
    const batchFirst = (b: GraphBuilder, value: string) => b.node('Transpose', [value], { perm: ints([1, 0, 2]) });
    const attended = (b: GraphBuilder, [q = '', k = '', v = '']: readonly string[]) => {
      const scores = b.node('MatMul', [q, b.node('Transpose', [k], { perm: ints([0, 2, 1]) })]);
      return b.node('MatMul', [b.node('Softmax', [scores]), v]);
    };
    const ending = (b: GraphBuilder, value: string) =>
      b.node('Softmax', [b.node('ReduceMean', [value, numbers(b, 1)], { keepdims: int(0) })]);
    const rowsFirst = graphOf([null, 3, 4], (b, x) =>
      ending(
        b,
        attended(
          b,
          [1, 2, 3].map((seed) => project(b, b.node('Tanh', [x]), seed)),
        ),
      ),
    );
    const stepsFirst = graphOf([null, 3, 4], (b, x) => {
      const bent = b.node('Tanh', [batchFirst(b, x)]);
      return ending(
        b,
        attended(
          b,
          [1, 2, 3].map((seed) => batchFirst(b, project(b, bent, seed))),
        ),
      );
    });
    const [x, r] = [noiseArray([2, 3, 4], 5), noiseArray([2, 3, 4], 6)];
    const seed = arrayOf([2, 4], (index) => Number(index % 4 === 1));
    const [ofRows, ofSteps] = [rowsFirst, stepsFirst].map((graph) => pairGraph(graph, undefined, 2));
    expect([ofRows, ofSteps].map((pairs) => pairs?.forward.inRows)).toEqual([true, false]);
    const [expected, found] = [ofRows, ofSteps].map((pairs) =>
      valueIn(interpret(pairs?.graph ?? rowsFirst, { x, r, seed }), 'm'),
    );
    expect(found && expected && relativeDifference(found, expected)).toBeLessThan(ROUNDING);
  });

  it('takes products of what varies that have no axis for a batch, where there is one sample', () => {
    const graph = graphOf([1, 3, 4], (b, x) => {
      const rows = b.node('Reshape', [x, numbers(b, 3, 4)]);
      const product = b.node('MatMul', [rows, b.node('Transpose', [rows], { perm: ints([1, 0]) })]);
      return b.node('Reshape', [product, numbers(b, 1, 9)]);
    });
    const { graph: pairs } = pairGraph(graph);
    const [x, r] = [noiseArray([1, 3, 4], 7), noiseArray([1, 3, 4], 8)];
    const values = interpret(pairs, { x, r, seed: arrayOf([1, 9], (index) => Number(index === 5)) });
    const [m, px, pr] = ['m', 'px', 'pr'].map((name) => valueIn(values, name).data);
    const sum = m?.reduce((total, value, index) => total + value * ((x.data[index] ?? 0) - (r.data[index] ?? 0)), 0) ?? NaN;
    expect(Math.abs(sum - ((px?.[5] ?? NaN) - (pr?.[5] ?? NaN)))).toBeLessThan(ROUNDING);
  });
});

// So tf2onnx writes the moments of Keras 2's GroupNormalization: over ones, as many as a layer has values.
describe('a Where that chooses by the shape of a value inside the model', () => {
  const chosenBy = (inside: boolean) =>
    graphOf([null, 6], (b, x) => {
      const hidden = b.node('Relu', [x]);
      const ones = b.node('Expand', [b.scalar(1, 'float'), b.node('Shape', [inside ? hidden : x])]);
      return b.node('Where', [b.node('Equal', [ones, b.scalar(0, 'float')]), b.scalar(0, 'float'), hidden]);
    });

  it('is refused by name', () => {
    expect(() => prepareDeepLift(chosenBy(true))).toThrow(
      expect.objectContaining({
        code: 'OPERATION_UNSUPPORTED',
        message: expect.stringMatching(/\(Where\) chooses by the shape of a value inside the model/) as string,
      }),
    );
  });

  it('by the shape of the input has a rule', () => {
    expect(() => prepareDeepLift(chosenBy(false))).not.toThrow();
  });
});
