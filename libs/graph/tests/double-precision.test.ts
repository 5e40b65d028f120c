import { describe, expect, it } from 'vitest';
import { float, int, ints } from '../src/attributes.js';
import { GraphBuilder } from '../src/builder.js';
import { constantOf } from '../src/constants.js';
import { inDoublePrecision } from '../src/double/double-precision.js';
import { dataTypes } from '../src/onnx/data-types.js';
import type { Attributes } from '../src/graph.js';
import { architectures } from './reference/architectures.js';
import { arrayOf, noiseArray, type NdArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { referenceMultipliers } from './reference/deeplift.js';
import { interpret, valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { pairGraph, row } from './reference/pairs.js';

/** Sums of some tens of products, each with a rounding error of 1e-16. */
const ROUNDING = 1e-13;

interface Case {
  readonly name: string;
  readonly input: readonly number[];
  readonly kernel: readonly number[];
  readonly attributes: Attributes;
  readonly bias?: boolean;
}

const convolutions: readonly Case[] = [
  { name: '1-D, padded', input: [2, 3, 9], kernel: [4, 3, 3], attributes: { pads: ints([1, 1]) }, bias: true },
  { name: '1-D, one tap', input: [2, 3, 5], kernel: [4, 3, 1], attributes: {}, bias: true },
  { name: '1-D, one tap, stride 2', input: [2, 3, 5], kernel: [4, 3, 1], attributes: { strides: ints([2]) } },
  { name: '1-D, stride 3 that leaves a rest', input: [1, 2, 12], kernel: [3, 2, 4], attributes: { strides: ints([3]) } },
  { name: '1-D, dilated', input: [2, 1, 8], kernel: [2, 1, 3], attributes: { dilations: ints([2]), pads: ints([2, 1]) } },
  { name: '2-D, uneven pads', input: [2, 2, 5, 6], kernel: [3, 2, 3, 2], attributes: { pads: ints([0, 1, 2, 0]) }, bias: true },
  {
    name: '2-D, different strides and dilations, groups',
    input: [2, 4, 9, 8],
    kernel: [6, 2, 3, 2],
    attributes: { strides: ints([2, 3]), dilations: ints([1, 2]), pads: ints([1, 0, 1, 1]), group: int(2) },
    bias: true,
  },
  { name: '2-D, depthwise', input: [1, 3, 4, 4], kernel: [3, 1, 2, 2], attributes: { group: int(3) } },
];

describe('inDoublePrecision', () => {
  it.each(convolutions)('keeps a convolution: $name', async ({ input, kernel, attributes, bias }) => {
    const builder = new GraphBuilder('conv');
    const x = builder.input('x', 'float', [null, ...input.slice(1)]);
    const weights = builder.constant(constantOf('float', kernel, [...noiseArray(kernel, 3).data]));
    const filters = kernel.slice(0, 1);
    const terms = bias === true ? [builder.constant(constantOf('float', filters, [...noiseArray(filters, 4).data]))] : [];
    builder.output(builder.node('Conv', [x, weights, ...terms], attributes));
    const graph = builder.build();
    const double = inDoublePrecision(graph);
    const feeds = { x: noiseArray(input, 5) };
    const expected = valueIn(interpret(graph, feeds), graph.outputs[0]?.name ?? '');
    const found = valueIn(await runOnnx(double, feeds, 'float64'), double.outputs[0]?.name ?? '');
    expect(relativeDifference(found, expected)).toBeLessThan(ROUNDING);
    expect(double.outputs.map(({ type, shape }) => ({ type, shape }))).toEqual([
      { type: 'double', shape: graph.outputs[0]?.shape },
    ]);
  });

  it('averages all positions, casts to double what is cast to float, and keeps other types', async () => {
    const builder = new GraphBuilder('mixed');
    const x = builder.input('x', 'float', [null, 2, 3, 3]);
    const pooled = builder.node('GlobalAveragePool', [x]);
    const positive = builder.node('Greater', [pooled, builder.scalar(0)]);
    const cast = builder.node('Cast', [positive], { to: int(dataTypes.float) });
    const leaky = builder.node('LeakyRelu', [builder.node('Add', [pooled, cast])], { alpha: float(0.25) });
    builder.output(leaky);
    const graph = builder.build();
    const double = inDoublePrecision(graph);
    const feeds = { x: noiseArray([4, 2, 3, 3], 7) };
    const expected = valueIn(interpret(graph, feeds), leaky);
    const found = valueIn(await runOnnx(double, feeds, 'float64'), double.outputs[0]?.name ?? '');
    expect(relativeDifference(found, expected)).toBeLessThan(ROUNDING);
  });

  it('refuses a convolution whose kernel is computed, naming the node', () => {
    const builder = new GraphBuilder('dynamic');
    const [x, w] = [builder.input('x', 'float', [null, 1, 4]), builder.input('w', 'float', [1, 1, 2])];
    builder.output(builder.named('sliding', 'Conv', [x, w]));
    expect(() => inDoublePrecision(builder.build())).toThrow(
      expect.objectContaining({
        code: 'OPERATION_UNSUPPORTED',
        message: expect.stringMatching(/"sliding" \(Conv\).*kernel is computed/) as string,
      }),
    );
  });
});

const REFERENCES = 4;

describe.each(architectures)('DeepLIFT in float64 of $name', ({ shape, classes, graph: model }) => {
  const { graph } = pairGraph(inDoublePrecision(model));
  const x = noiseArray([1, ...shape], 3);
  const r = noiseArray([REFERENCES, ...shape], 5);
  // The second agrees with the sample in every other value.
  for (let i = 0; i < x.data.length; i += 2) r.data[x.data.length + i] = x.data[i] ?? 0;
  const seed: NdArray = arrayOf([1, classes], (index) => Number(index === 1));
  // ONNX Runtime's CPU has no ConvTranspose, Resize and Erf for float64: the reference interpreter shows that the graph is right.
  const runs = !model.nodes.some(({ op }) => ['ConvTranspose', 'Resize', 'Erf'].includes(op));
  const how = runs ? 'ONNX Runtime' : 'the reference interpreter';

  it(`has the brute-force version's multipliers, in ${how}`, async () => {
    for (let index = 0; index < REFERENCES; index++) {
      const feeds = { x, r: row(r, index), seed };
      const values = runs ? await runOnnx(graph, feeds, 'float64') : interpret(graph, feeds);
      const expected = referenceMultipliers(model, { x, r: row(r, index), classIndex: 1, softmaxRule: 'log-softmax' });
      // Relu's rule moves x and r by 2e-16 of themselves, over differences that may be some thousandths.
      expect(relativeDifference(valueIn(values, 'm'), expected)).toBeLessThan(1e-11);
    }
  });
});
