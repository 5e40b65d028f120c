import { describe, expect, it } from 'vitest';
import { float, int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { assertRelevance } from '../src/inspect/support.js';
import { forwardFlops, gradientFlops } from '../src/inspect/pass-flops.js';
import { relevance } from '../src/relevance/relevance.js';
import type { LinearRule, RelevanceRules } from '../src/relevance/rules.js';
import { arrayOf, noiseArray, type NdArray } from './reference/array.js';
import { interpret, valueIn } from './reference/interpret.js';

const epsilon: LinearRule = { rule: 'epsilon', epsilon: 1e-9 };
const plain: RelevanceRules = { convolution: { rule: 'z-plus' }, dense: epsilon };
const box: LinearRule = { rule: 'box', low: [-1], high: [1] };

type Forward = (b: GraphBuilder, x: string) => string;

function modelOf(shape: readonly number[], forward: Forward): GraphBuilder {
  const builder = new GraphBuilder('model');
  builder.output(forward(builder, builder.input('x', 'float', [1, ...shape])), 'y');
  return builder;
}

/** The relevance of x if the output has the relevance `start`. */
function relevanceOf(
  forward: Forward,
  x: NdArray,
  { start = [1], rules = plain }: { start?: readonly number[]; rules?: RelevanceRules } = {},
): number[] {
  const builder = new GraphBuilder('relevance');
  const input = builder.input('x', 'float', x.shape);
  const value = forward(builder, input);
  const seed = builder.input('seed', 'float', builder.info(value).shape);
  builder.output(relevance(builder, { value, seed, input, rules }).relevance, 'relevance of x');
  const values = interpret(builder.build(), {
    x,
    seed: arrayOf(
      builder.info(value).shape.map((extent) => extent ?? 1),
      start,
    ),
  });
  return [...valueIn(values, 'relevance of x').data];
}

const numbers = (b: GraphBuilder, shape: readonly number[], values: ArrayLike<number>) =>
  b.constant(constantOf('float', shape, Array.from(values)));
const row = (...values: readonly number[]) => arrayOf([1, values.length], values);

function expectClose(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  // The stabiliser takes a millionth.
  wanted.forEach((value, index) => expect(found[index]).toBeCloseTo(value, 4));
}

describe('relevance', () => {
  it.each<[string, Forward, NdArray, readonly number[], readonly number[]]>([
    [
      'of an activation passes on unchanged, also where its slope is 0',
      (b, x) => b.node('Relu', [x]),
      row(2, -1),
      [3, 5],
      [3, 5],
    ],
    [
      'of ReLU6 passes on unchanged beyond the bounds',
      (b, x) => b.node('Clip', [x, b.scalar(0), b.scalar(6)]),
      row(9, -1),
      [3, 5],
      [3, 5],
    ],
    [
      'of a maximum goes to the largest value',
      (b, x) => b.node('ReduceMax', [x, b.constant(int64s([1]))]),
      row(1, 4, 2),
      [3],
      [0, 3, 0],
    ],
    [
      'of a mean is shared in proportion to the values',
      (b, x) => b.node('ReduceMean', [x, b.constant(int64s([1]))]),
      row(1, 4, -2),
      [3],
      [1, 4, -2],
    ],
    [
      'of a constant factor or summand passes on',
      (b, x) => b.node('Add', [b.node('Mul', [x, b.scalar(-3)]), b.scalar(7)]),
      row(1, 2),
      [3, 5],
      [3, 5],
    ],
    [
      'of a residual sum is shared in proportion to its parts',
      // x + (−4x): relevance 3 to x = 1 gives −1 by the identity and 4 by the branch.
      (b, x) => b.node('Add', [x, b.node('Relu', [b.node('MatMul', [x, numbers(b, [1, 1], [2])])])]),
      row(1),
      [3],
      [3],
    ],
  ])('%s', (_name, forward, x, start, wanted) => {
    expectClose(relevanceOf(forward, x, { start }), wanted);
  });

  it.each<[string, Forward]>([
    ['SiLU', (b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])])],
    [
      'hard swish by ReLU6',
      (b, x) =>
        b.node('Mul', [
          x,
          b.node('Div', [b.node('Clip', [b.node('Add', [x, b.scalar(3)]), b.scalar(0), b.scalar(6)]), b.scalar(6)]),
        ]),
    ],
    [
      'GELU',
      (b, x) =>
        b.node('Mul', [
          b.node('Mul', [x, b.scalar(0.5)]),
          b.node('Add', [b.node('Erf', [b.node('Mul', [x, b.scalar(Math.SQRT1_2)])]), b.scalar(1)]),
        ]),
    ],
    [
      'squeeze and excitation',
      (b, x) =>
        b.node('Mul', [b.node('Relu', [x]), b.node('HardSigmoid', [b.node('MatMul', [x, numbers(b, [2, 2], [1, 2, 3, 4])])])]),
    ],
    ['one number for many', (b, x) => b.node('Mul', [b.node('ReduceMax', [x, b.constant(int64s([1]))]), x])],
  ])('of %s goes to the signal, and none to the gate', (_name, forward) => {
    expectClose(relevanceOf(forward, row(0.5, -2), { start: [3, 5] }), [3, 5]);
  });

  it('is the same with what follows a convolution and with that folded into its weights and bias', () => {
    const [kernel, bias] = [noiseArray([4, 2, 3], 1).data, noiseArray([4], 2).data];
    const [gamma, beta, mean, variance] = [
      [1.5, -0.5, 0.75, 2],
      [0.5, 0.25, -1, 0],
      [0.1, 0.2, -0.3, 0.4],
      [1, 2, 0.5, 3],
    ];
    const factors = gamma.map((value, channel) => value / Math.sqrt((variance[channel] ?? NaN) + 0.125));
    const convolution = (b: GraphBuilder, x: string, w: ArrayLike<number>, c: ArrayLike<number>) =>
      b.node('Conv', [x, numbers(b, [4, 2, 3], w), numbers(b, [4], c)], { pads: ints([1, 1]) });
    const head: Forward = (b, x) =>
      b.node('MatMul', [b.node('Flatten', [b.node('Relu', [x])]), numbers(b, [20, 1], noiseArray([20], 3).data)]);
    const apart: Forward = (b, x) => {
      const [scale, shift, means, variances] = [gamma, beta, mean, variance].map((values) => numbers(b, [4], values));
      const normal = b.node(
        'BatchNormalization',
        [convolution(b, x, kernel, bias), scale ?? '', shift ?? '', means ?? '', variances ?? ''],
        {
          epsilon: float(0.125),
        },
      );
      return head(b, b.node('Sub', [b.node('Mul', [normal, numbers(b, [4, 1], [2, -1, 3, 1])]), numbers(b, [1, 1, 1], [0.5])]));
    };
    const folded: Forward = (b, x) => {
      const after = [2, -1, 3, 1].map((value, channel) => value * (factors[channel] ?? NaN));
      const offset = (c: number) =>
        (bias[c] ?? NaN) * (after[c] ?? NaN) +
        ((beta[c] ?? NaN) - (mean[c] ?? NaN) * (factors[c] ?? NaN)) * ([2, -1, 3, 1][c] ?? NaN) -
        0.5;
      return head(
        b,
        convolution(
          b,
          x,
          kernel.map((value, index) => value * (after[Math.floor(index / 6)] ?? NaN)),
          [0, 1, 2, 3].map(offset),
        ),
      );
    };
    const x = noiseArray([1, 2, 5], 7);
    for (const rule of [{ rule: 'z-plus' }, { rule: 'gamma', gamma: 0.5 }, epsilon] as const) {
      const rules = { convolution: rule, dense: epsilon };
      const [one, other] = [apart, folded].map((forward) => relevanceOf(forward, x, { rules }));
      // Folded weights are rounded to float32.
      one?.forEach((value, index) =>
        expect(Math.abs(value - (other?.[index] ?? NaN))).toBeLessThan(1e-5 * Math.max(...one.map(Math.abs))),
      );
    }
  });

  it('keeps the bounds of a sample where it is scaled before the first convolution, also by a negative factor', () => {
    const convolution = (b: GraphBuilder, x: string) =>
      b.node('ReduceSum', [b.node('Conv', [x, numbers(b, [1, 1, 2], [2, -1])]), b.constant(int64s([2]))]);
    const x = arrayOf([1, 1, 3], [0.2, 0.9, 0.4]);
    const boxed = (low: number, high: number): RelevanceRules => ({
      ...plain,
      first: { rule: { rule: 'box', low: [low], high: [high] }, of: 'convolution' },
    });
    const scaled = relevanceOf((b, v) => convolution(b, b.node('Sub', [b.scalar(1), b.node('Mul', [v, b.scalar(2)])])), x, {
      rules: boxed(0, 1),
    });
    const given = relevanceOf(convolution, { ...x, data: x.data.map((value) => 1 - 2 * value) }, { rules: boxed(-1, 1) });
    expectClose(scaled, given);
    expect(Math.max(...given.map(Math.abs))).toBeGreaterThan(0.1);
  });

  it('has the first rule only in layers that no other lies before', () => {
    const forward: Forward = (b, x) =>
      b.node('MatMul', [b.node('MatMul', [x, numbers(b, [2, 2], [1, 2, 3, 4])]), numbers(b, [2, 1], [1, 1])]);
    const found = relevanceOf(forward, row(1, 2), { rules: { ...plain, first: { rule: { rule: 'flat' }, of: 'linear' } } });
    // Each hidden unit gives half to each input; a flat second layer would not change that, but its ε rule shares 7 to 10.
    expectClose(found, [0.5, 0.5]);
    const only = relevanceOf(forward, row(1, 2), { rules: { ...plain, first: { rule: { rule: 'flat' }, of: 'convolution' } } });
    expectClose(only, [3 / 17, 14 / 17]);
  });
});

describe('a graph without a rule is refused', () => {
  it.each<[string, Forward, RegExp]>([
    ['attention', (b, x) => b.node('MatMul', [b.node('Softmax', [x], { axis: int(-1) }), x]), /\(MatMul\).+attention/],
    [
      'a softmax',
      (b, x) => b.node('Softmax', [x], { axis: int(-1) }),
      /Node "Softmax" \(Softmax\) has no rule .+attention.+Use shap-deep/,
    ],
    [
      'layer normalisation',
      (b, x) => b.node('LayerNormalization', [x, numbers(b, [2], [1, 1])], { axis: int(-1) }),
      /statistics of its own/,
    ],
    ['a quotient', (b, x) => b.node('Div', [x, b.node('Exp', [x])]), /divides by a value/],
    ['a product of two signals', (b, x) => b.node('Mul', [b.node('Relu', [x]), x]), /neither of them is a gate/],
    ['a square', (b, x) => b.node('Pow', [x, b.scalar(2)]), /\(Pow\).+convolutions, dense layers/],
  ])('%s', (_name, forward, message) => {
    expect(() => assertRelevance(modelOf([2, 2], forward).build(), plain)).toThrow(message);
  });

  it('a box without a convolution to use it', () => {
    const dense = modelOf([2], (b, x) => b.node('MatMul', [x, numbers(b, [2, 1], [1, 1])])).build();
    expect(() => assertRelevance(dense, { ...plain, first: { rule: box, of: 'convolution' } })).toThrow(
      /rule of the box is for a convolution/,
    );
    expect(() => assertRelevance(dense, { ...plain, first: { rule: box, of: 'linear' } })).not.toThrow();
  });
});

describe('the operations of a pass', () => {
  const graph = modelOf([2, 8], (b, x) => {
    const hidden = b.node('Relu', [b.node('Conv', [x, numbers(b, [16, 2, 3], noiseArray([96], 1).data)])]);
    return b.node('MatMul', [
      b.node('Flatten', [b.node('Relu', [b.node('Conv', [hidden, numbers(b, [16, 16, 3], noiseArray([768], 2).data)])])]),
      numbers(b, [64, 1], noiseArray([64], 3).data),
    ]);
  }).build();
  const of = (convolution: LinearRule) => gradientFlops(graph, { relevance: { convolution, dense: epsilon } });

  it('behind a ReLU, z⁺ takes one product there and one back, and α2β1 two of each', () => {
    const second = 2 * 16 * 16 * 3 * 4;
    const forward = forwardFlops(graph);
    expect(of(epsilon)).toBeGreaterThan(2 * forward - 500);
    expect(of({ rule: 'alpha-beta', alpha: 2, beta: 1 }) - of({ rule: 'z-plus' })).toBeGreaterThan(2 * second);
    expect(of({ rule: 'z-plus' })).toBeLessThan(forward + 2 * second + 2 * 2 * 2 * (2 * 16 * 2 * 3 * 6) + 4000);
  });
});
