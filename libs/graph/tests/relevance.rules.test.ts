import { describe, expect, it } from 'vitest';
import { int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { relevance } from '../src/relevance/relevance.js';
import type { LinearRule, RelevanceRules } from '../src/relevance/rules.js';
import { arrayOf, noiseArray } from './reference/array.js';
import { interpret, valueIn } from './reference/interpret.js';
import { outputsOf, sharedBy, type LinearTable } from './reference/relevance.js';

const LENGTH = 6;
const [CHANNELS, FILTERS, KERNEL, CLASSES] = [2, 4, 3, 3];
const BATCH = 2;

interface LayerKind {
  readonly add: (b: GraphBuilder, x: string, values: Numbers) => string;
  readonly table: (values: Numbers) => LinearTable;
}

/** The n-th weight or bias of a layer. */
interface Numbers {
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
}

const constant = (b: GraphBuilder, shape: readonly number[], values: readonly number[]) =>
  b.constant(constantOf('float', shape, values));

const table = (
  inputs: number,
  outputs: number,
  weight: (i: number, j: number) => number | undefined,
  bias: (j: number) => number,
) => ({
  weights: Array.from({ length: inputs }, (_, i) => Array.from({ length: outputs }, (_out, j) => weight(i, j))),
  bias: Array.from({ length: outputs }, (_, j) => bias(j)),
});

/** A convolution over `[CHANNELS, LENGTH]` with padding 1, in two groups or one. */
const convolution = (groups: number): LayerKind => ({
  add: (b, x, { kernel, bias }) => {
    const per = CHANNELS / groups;
    const weights = constant(b, [FILTERS, per, KERNEL], kernel.slice(0, FILTERS * per * KERNEL));
    return b.node('Conv', [x, weights, constant(b, [FILTERS], bias.slice(0, FILTERS))], {
      pads: ints([1, 1]),
      group: int(groups),
    });
  },
  table: ({ kernel, bias }) => {
    const per = CHANNELS / groups;
    return table(
      CHANNELS * LENGTH,
      FILTERS * LENGTH,
      (i, j) => {
        const [channel, at] = [Math.floor(i / LENGTH), i % LENGTH];
        const [filter, to] = [Math.floor(j / LENGTH), j % LENGTH];
        const tap = at - to + 1;
        const own = channel - Math.floor(filter / (FILTERS / groups)) * per;
        return tap < 0 || tap >= KERNEL || own < 0 || own >= per ? undefined : kernel[(filter * per + own) * KERNEL + tap];
      },
      (j) => bias[Math.floor(j / LENGTH)] ?? NaN,
    );
  },
});

/** A ConvTranspose of stride 2 over `[CHANNELS, LENGTH]`, cut to `[FILTERS, 2·LENGTH]`. */
const transposed: LayerKind = {
  add: (b, x, { kernel, bias }) => {
    const weights = constant(b, [CHANNELS, FILTERS, KERNEL], kernel.slice(0, CHANNELS * FILTERS * KERNEL));
    return b.node('ConvTranspose', [x, weights, constant(b, [FILTERS], bias.slice(0, FILTERS))], {
      strides: ints([2]),
      pads: ints([0, 1]),
    });
  },
  table: ({ kernel, bias }) =>
    table(
      CHANNELS * LENGTH,
      FILTERS * 2 * LENGTH,
      (i, j) => {
        const [channel, at] = [Math.floor(i / LENGTH), i % LENGTH];
        const [filter, to] = [Math.floor(j / (2 * LENGTH)), j % (2 * LENGTH)];
        const tap = to - 2 * at;
        return tap < 0 || tap >= KERNEL ? undefined : kernel[(channel * FILTERS + filter) * KERNEL + tap];
      },
      (j) => bias[Math.floor(j / (2 * LENGTH))] ?? NaN,
    ),
};

const units = FILTERS * LENGTH;
const dense = (
  add: (b: GraphBuilder, x: string, values: Numbers) => string,
  weight: (kernel: readonly number[], i: number, j: number) => number | undefined,
): LayerKind => ({
  add: (b, x, values) => add(b, b.node('Flatten', [x]), values),
  table: ({ kernel, bias }) =>
    table(
      CHANNELS * LENGTH,
      units,
      (i, j) => weight(kernel, i, j),
      (j) => bias[j] ?? NaN,
    ),
});
const width = CHANNELS * LENGTH;

const kinds: Readonly<Record<string, LayerKind>> = {
  Conv: convolution(1),
  'Conv in groups': convolution(2),
  ConvTranspose: transposed,
  'MatMul and Add': dense(
    (b, x, { kernel, bias }) =>
      b.node('Add', [
        b.node('MatMul', [x, constant(b, [width, units], kernel.slice(0, width * units))]),
        constant(b, [units], bias.slice(0, units)),
      ]),
    (kernel, i, j) => kernel[i * units + j],
  ),
  'Gemm with α and β': dense(
    (b, x, { kernel, bias }) =>
      b.node(
        'Gemm',
        [
          x,
          constant(
            b,
            [units, width],
            kernel.slice(0, width * units).map((value) => value * 2),
          ),
          constant(
            b,
            [units],
            bias.slice(0, units).map((value) => value * 4),
          ),
        ],
        { transB: int(1), alpha: { kind: 'float', value: 0.5 }, beta: { kind: 'float', value: 0.25 } },
      ),
    (kernel, i, j) => kernel[j * width + i],
  ),
};

const rules: Readonly<Record<string, LinearRule>> = {
  ε: { rule: 'epsilon', epsilon: 0.25 },
  γ: { rule: 'gamma', gamma: 0.5 },
  'z⁺': { rule: 'z-plus' },
  αβ: { rule: 'alpha-beta', alpha: 2, beta: 1 },
  flat: { rule: 'flat' },
  'w²': { rule: 'w-squared' },
  box: { rule: 'box', low: [-1.5], high: [2] },
};

/** Powers of two times whole numbers: the same in float32 and float64. */
const exact = (values: Iterable<number>) => Array.from(values, (value) => Math.round(value * 64) / 64);
const numbers: Numbers = { kernel: exact(noiseArray([width * units], 3).data), bias: exact(noiseArray([units], 4).data) };
const head = { weights: exact(noiseArray([FILTERS * 2 * LENGTH * CLASSES], 5).data), bias: [0.25, -0.5, 0.125] };
const x = arrayOf([BATCH, CHANNELS, LENGTH], exact(noiseArray([BATCH, CHANNELS, LENGTH], 6, 1.5).data));

describe.each(Object.entries(kinds))('%s', (_kind, layer) => {
  it.each(Object.entries(rules))('shares relevance by %s as the definition does', (_name, rule) => {
    const builder = new GraphBuilder('two layers');
    const input = builder.input('x', 'float', [BATCH, CHANNELS, LENGTH]);
    const hidden = builder.node('Flatten', [builder.node('Relu', [layer.add(builder, input, numbers)])]);
    const count = builder.info(hidden).shape[1] ?? 0;
    const ofHead = head.weights.slice(0, count * CLASSES);
    const value = builder.node('Gemm', [
      hidden,
      constant(builder, [count, CLASSES], ofHead),
      constant(builder, [CLASSES], head.bias),
    ]);
    const seed = builder.input('seed', 'float', [BATCH, CLASSES]);
    const epsilon = { rule: 'epsilon', epsilon: 1 / 128 } as const;
    const found = relevance(builder, {
      value,
      seed,
      input,
      rules: { convolution: epsilon, dense: epsilon, first: { rule, of: 'linear' } },
    });
    builder.output(found.relevance, 'relevance of x');
    builder.output(found.absorbed, 'absorbed');
    const start = [
      [0, 1.5, 0],
      [-2, 0, 1],
    ];
    const feeds = { x, seed: arrayOf([BATCH, CLASSES], start.flat()) };
    const values = interpret(builder.build(), feeds);

    const last = table(
      count,
      CLASSES,
      (i, j) => ofHead[i * CLASSES + j],
      (j) => head.bias[j] ?? NaN,
    );
    const wanted = start.map((relevances, sample) => {
      const own = [...x.data.subarray(sample * width, (sample + 1) * width)];
      const activations = outputsOf(layer.table(numbers), own).map((z) => Math.max(z, 0));
      return sharedBy(rule, layer.table(numbers), own, sharedBy(epsilon, last, activations, relevances));
    });
    const maps = [...valueIn(values, 'relevance of x').data];
    const scale = Math.max(...wanted.flat().map(Math.abs));
    expect(scale).toBeGreaterThan(0.01);
    // The stabiliser and ε are float32 constants: 1e-6 is off by 3e-8 of itself.
    wanted.flat().forEach((value, index) => expect(Math.abs((maps[index] ?? NaN) - value)).toBeLessThan(1e-11 * scale));

    const absorbed = [...valueIn(values, 'absorbed').data];
    const sum = (all: readonly number[]) => all.reduce((total, value) => total + value, 0);
    start.forEach((relevances, sample) => {
      const width2 = absorbed.length / BATCH;
      const lost = sum(absorbed.slice(sample * width2, (sample + 1) * width2));
      expect(sum(relevances) - sum(wanted[sample] ?? [])).toBeCloseTo(lost, 10);
    });
  });
});

it('x · w is the relevance of a linear model without bias, for ε → 0', () => {
  const builder = new GraphBuilder('linear');
  const input = builder.input('x', 'float', [1, 4]);
  const weights = [0.5, -2, 1, 3];
  const value = builder.node('MatMul', [input, constant(builder, [4, 1], weights)]);
  const epsilon = { rule: 'epsilon', epsilon: 1e-12 } as const;
  const rulesOf: RelevanceRules = { convolution: epsilon, dense: epsilon };
  builder.output(relevance(builder, { value, seed: value, input, rules: rulesOf }).relevance, 'relevance of x');
  const sample = [1, 0.25, -3, 2];
  const values = interpret(builder.build(), { x: arrayOf([1, 4], sample) });
  sample.forEach((own, index) =>
    expect(valueIn(values, 'relevance of x').data[index]).toBeCloseTo(own * (weights[index] ?? NaN), 10),
  );
});
