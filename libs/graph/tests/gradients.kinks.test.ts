import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { float, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf, int64s } from '../src/constants.js';
import { differentiate } from '../src/gradients/differentiate.js';
import { arrayOf } from './reference/array.js';
import { valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';

/** What PyTorch gives, by make_kinks.py: the gradients of each input, `"inf"` and the like for what is no number. */
const goldens = JSON.parse(readFileSync(new URL('kinks/goldens.json', import.meta.url), 'utf8')) as Record<
  string,
  (number | string)[][]
>;

type Forward = (b: GraphBuilder, x: string, y: string) => string;

const AROUND = [-4, -3, -1, -0.5, -0, 0, 0.5, 1, 3, 4, 6, 7];
const ROWS = [
  [2, 2, 1],
  [0, 0, 0],
  [-1, 0, 3],
];
const PAIRS = [
  [0, 1, -2, 3],
  [0, 1, 2, -3],
];
const axes = (b: GraphBuilder) => b.constant(int64s([1]));
const unary =
  (op: string, attributes = {}): Forward =>
  (b, x) =>
    b.node(op, [x], attributes);
const reduction =
  (op: string): Forward =>
  (b, x) =>
    b.node(op, [x, axes(b)]);
const powerOf =
  (exponent: number): Forward =>
  (b, x) =>
    b.node('Pow', [x, b.scalar(exponent)]);
const binary =
  (op: string): Forward =>
  (b, x, y) =>
    b.node(op, [x, y]);
const clip =
  (low: number, high: number): Forward =>
  (b, x) =>
    b.node('Clip', [x, b.scalar(low), b.scalar(high)]);

/** As PyTorch's exporters write `std`. */
const deviation: Forward = (b, x) => {
  const centred = b.node('Sub', [x, b.node('ReduceMean', [x, axes(b)])]);
  const variance = b.node('ReduceMean', [b.node('Mul', [centred, centred]), axes(b)]);
  return b.node('Sqrt', [b.node('Div', [b.node('Mul', [variance, b.scalar(3)]), b.scalar(2)])]);
};
const normOfOrder3: Forward = (b, x) => {
  const cubes = b.node('Pow', [b.node('Abs', [x]), b.scalar(3)]);
  return b.node('Pow', [b.node('ReduceSum', [cubes, axes(b)]), b.scalar(1 / 3)]);
};
const unitVector: Forward = (b, x) => {
  const length = b.node('Clip', [b.node('ReduceL2', [x, axes(b)]), b.scalar(1e-12)]);
  const unit = b.node('Div', [x, length]);
  return b.node('Slice', [unit, ...[[0], [1], [1]].map((values) => b.constant(int64s(values)))]);
};

const cases: Record<string, { readonly inputs: number[][] | 'rows' | 'around'; readonly forward: Forward }> = {
  Relu: { inputs: 'around', forward: unary('Relu') },
  LeakyRelu: { inputs: 'around', forward: unary('LeakyRelu', { alpha: float(0.25) }) },
  PRelu: { inputs: 'around', forward: (b, x) => b.node('PRelu', [x, b.constant(constantOf('float', [1], [0.25]))]) },
  Elu: { inputs: 'around', forward: unary('Elu', { alpha: float(0.5) }) },
  Selu: { inputs: 'around', forward: unary('Selu') },
  Celu: { inputs: 'around', forward: unary('Celu', { alpha: float(0.5) }) },
  HardSigmoid: { inputs: 'around', forward: unary('HardSigmoid', { alpha: float(1 / 6) }) },
  HardSwish: { inputs: 'around', forward: unary('HardSwish') },
  'Clip, as relu6': { inputs: 'around', forward: clip(0, 6) },
  'Clip, as hardtanh': { inputs: 'around', forward: clip(-1, 1) },
  ThresholdedRelu: { inputs: 'around', forward: unary('ThresholdedRelu', { alpha: float(1) }) },
  ...Object.fromEntries(
    ['Softsign', 'Softplus', 'Abs', 'Sign', 'Floor', 'Ceil', 'Round', 'Reciprocal'].map((op) => [
      op,
      { inputs: 'around' as const, forward: unary(op) },
    ]),
  ),
  Log: { inputs: [[0, 1, 2]], forward: unary('Log') },
  ...Object.fromEntries([0, 1, 2, 3, -1].map((p) => [`Pow to ${String(p)}`, { inputs: 'around' as const, forward: powerOf(p) }])),
  'Pow of two': {
    inputs: [
      [0, 0, 0, 0, 2, 2],
      [0, 1, 2, 3, 0, 0.5],
    ],
    forward: binary('Pow'),
  },
  Div: {
    inputs: [
      [0, 1, 2],
      [2, 0, -1],
    ],
    forward: binary('Div'),
  },
  'Max of two': { inputs: PAIRS, forward: binary('Max') },
  'Min of two': { inputs: PAIRS, forward: binary('Min') },
  ...Object.fromEntries(
    ['ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSumExp'].map((op) => [
      op,
      { inputs: 'rows' as const, forward: reduction(op) },
    ]),
  ),
  'a norm of order 3': { inputs: 'rows', forward: normOfOrder3 },
  'a deviation': { inputs: 'rows', forward: deviation },
  'a unit vector': { inputs: 'rows', forward: unitVector },
  MaxPool: {
    inputs: 'rows',
    forward: (b, x) =>
      b.node('MaxPool', [b.node('Unsqueeze', [x, b.constant(int64s([0]))])], { kernel_shape: ints([3]), strides: ints([3]) }),
  },
};

async function gradientsOf(name: string): Promise<(number | string)[][]> {
  const { inputs: given, forward } = cases[name] ?? { inputs: 'rows', forward: binary('Add') };
  const [shape, inputs] =
    given === 'rows'
      ? [[3, 3], [ROWS.flat()]]
      : given === 'around'
        ? [[AROUND.length], [AROUND]]
        : [[given[0]?.length ?? 0], given];
  const builder = new GraphBuilder();
  const names = ['x', 'y'].slice(0, inputs.length).map((own) => builder.input(own, 'float', shape));
  const [x = '', y = ''] = names;
  const value = forward(builder, x, y);
  const ones = builder.node('Expand', [builder.scalar(1), builder.node('Shape', [value])]);
  builder.annotate(ones, builder.info(value));
  const found = differentiate(builder, { value, gradient: ones, wrt: names });
  found.forEach((gradient, index) => builder.output(gradient, `gradient ${String(index)}`));
  const feeds = Object.fromEntries(names.map((own, index) => [own, arrayOf(shape, inputs[index] ?? [])]));
  const values = await runOnnx(builder.build(), feeds);
  return found.map((_, index) =>
    Array.from(valueIn(values, `gradient ${String(index)}`).data, (own) => (Number.isFinite(own) ? own : String(own))),
  );
}

describe('the gradient at kinks and poles is PyTorch’s', () => {
  it.each(Object.keys(goldens))('of %s', async (name) => {
    const found = await gradientsOf(name);
    const expected = goldens[name] ?? [];
    expect(found.length).toBe(expected.length);
    expected.forEach((row, input) => {
      row.forEach((want, index) => {
        const own = found[input]?.[index];
        const at = `${name}, input ${String(input)}, value ${String(index)}`;
        if (typeof want === 'string') expect([at, own]).toEqual([at, { inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' }[want]]);
        // float32 of both, and constants such as Selu's.
        else
          expect(
            [at, Math.abs(Number(own) - want) <= 1e-6 * Math.max(1, Math.abs(want))],
            `${String(own)} for ${String(want)}`,
          ).toEqual([at, true]);
      });
    });
  });

  it('has a golden for each case', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(goldens).sort());
  });

  it('is 0 where a root has a pole and PyTorch’s own sqrt is infinite: std and norm are written with it', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [3]);
    const [gradient = ''] = differentiate(builder, { value: builder.node('Sqrt', [x]), gradient: x, wrt: [x] });
    builder.output(gradient, 'gradient');
    const values = await runOnnx(builder.build(), { x: arrayOf([3], [0, 1, 4]) });
    expect([...valueIn(values, 'gradient').data]).toEqual([0, 0.5, 1]);
  });
});
