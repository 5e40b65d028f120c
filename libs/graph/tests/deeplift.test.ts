import { softmaxRules } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../src/builder.js';
import { prepareDeepLift } from '../src/deeplift/prepare.js';
import { architectures } from './reference/architectures.js';
import { arrayOf, noiseArray, type NdArray } from './reference/array.js';
import { relativeDifference } from './reference/compare.js';
import { referenceMultipliers } from './reference/deeplift.js';
import { interpret, valueIn } from './reference/interpret.js';
import { runOnnx } from './reference/onnxruntime.js';
import { pairGraph, row } from './reference/pairs.js';

const REFERENCES = 6;

/** One sample and six references; the second equals the sample, the third agrees with it in every other value. */
function pairs(shape: readonly number[]): { x: NdArray; r: NdArray } {
  const x = arrayOf([1, ...shape], Float32Array.from(noiseArray([1, ...shape], 3).data));
  const size = x.data.length;
  const r = arrayOf([REFERENCES, ...shape], Float32Array.from(noiseArray([REFERENCES, ...shape], 5).data));
  for (let i = 0; i < size; i++) {
    r.data[size + i] = x.data[i] ?? 0;
    if (i % 2 === 0) r.data[2 * size + i] = x.data[i] ?? 0;
  }
  return { x, r };
}

function oneHot(classes: number, index: number): NdArray {
  return arrayOf([1, classes], (i) => Number(i === index));
}

const cases = architectures.flatMap((architecture) => softmaxRules.map((softmaxRule) => ({ ...architecture, softmaxRule })));

describe.each(cases)('DeepLIFT multipliers of $name ($softmaxRule)', ({ shape, classes, graph: model, softmaxRule }) => {
  const { x, r } = pairs(shape);
  const { graph } = pairGraph(model, softmaxRule);

  it.each(Array.from({ length: REFERENCES }, (_, index) => index))(
    'are those of a brute-force version in float64, reference %i',
    (index) => {
      const seed = oneHot(classes, 1);
      const actual = valueIn(interpret(graph, { x, r: row(r, index), seed }), 'm');
      // Relu's rule moves x by 1e-7 of itself, in float64 too.
      expect(
        relativeDifference(actual, referenceMultipliers(model, { x, r: row(r, index), classIndex: 1, softmaxRule })),
      ).toBeLessThan(1e-6);
    },
  );

  it('are the same in ONNX Runtime, one sample against all references at once', async () => {
    const result = valueIn(await runOnnx(graph, { x, r, seed: oneHot(classes, 1) }), 'm');
    for (let index = 0; index < REFERENCES; index++) {
      const expected = referenceMultipliers(model, { x, r: row(r, index), classIndex: 1, softmaxRule });
      // float32 differences over small |x − r| lose digits: 1e-4 of the largest multiplier.
      if (expected.data.some((value) => value !== 0)) expect(relativeDifference(row(result, index), expected)).toBeLessThan(1e-4);
    }
  });

  it('add up: Σ m ⊙ (x − r) = p(x) − p(r)', async () => {
    for (let label = 0; label < classes; label++) {
      const values = await runOnnx(graph, { x, r, seed: oneHot(classes, label) });
      const [m, px, pr] = ['m', 'px', 'pr'].map((name) => valueIn(values, name));
      for (let index = 0; index < REFERENCES; index++) {
        const sum =
          m &&
          row(m, index).data.reduce((total, value, i) => total + value * ((x.data[i] ?? 0) - (row(r, index).data[i] ?? 0)), 0);
        const change = (px?.data[label] ?? 0) - (pr?.data[index * classes + label] ?? 0);
        // float32 through four layers.
        expect(Math.abs((sum ?? Number.NaN) - change)).toBeLessThan(2e-6);
      }
    }
  });
});

describe('the rule for Relu', () => {
  it('is the derivative, exactly, where x and r are the same float or neighbours', async () => {
    const builder = new GraphBuilder('relu');
    builder.output(builder.node('Relu', [builder.input('input', 'float', [null, 1])]));
    const { graph } = pairGraph(builder.build());
    const neighbour = (value: number, steps: number) => {
      const bits = new Int32Array(Float32Array.of(value).buffer);
      bits[0] = (bits[0] ?? 0) + steps;
      return new Float32Array(bits.buffer)[0] ?? 0;
    };
    const magnitudes = [1, 2, 3, 1.5, 0.1, 1e-3, 7e4, 1e-20, 1 - 2 ** -24, 2 - 2 ** -23, ...noiseArray([200], 9, 30).data]
      .map(Math.abs)
      .map(Math.fround);
    const values = magnitudes.flatMap((value) => [value, -value]);
    for (const steps of [0, 1, 2, 3]) {
      const x = arrayOf([values.length, 1], values);
      const r = arrayOf(
        [values.length, 1],
        values.map((value) => neighbour(value, steps)),
      );
      const m = valueIn(await runOnnx(graph, { x, r, seed: arrayOf([values.length, 1], () => 1) }), 'm');
      // Adding 0 turns -0 into 0.
      expect(Array.from(m.data, (value) => value + 0)).toEqual(values.map((value) => Number(value > 0)));
    }
  });

  it('is 0 where both are 0', async () => {
    const builder = new GraphBuilder('relu');
    builder.output(builder.node('Relu', [builder.input('input', 'float', [null, 1])]));
    const zeros = arrayOf([4, 1], [0, -0, 0, -0]);
    const m = await runOnnx(pairGraph(builder.build()).graph, {
      x: zeros,
      r: arrayOf([4, 1], [0, 0, -0, -0]),
      seed: arrayOf([4, 1], () => 1),
    });
    expect([...valueIn(m, 'm').data].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });
});

describe('prepareDeepLift', () => {
  it('names the operator and the node that has no rule', () => {
    const builder = new GraphBuilder();
    builder.output(builder.named('odd one', 'Sin', [builder.input('input', 'float', [null, 3])]));
    expect(() => prepareDeepLift(builder.build())).toThrow(
      expect.objectContaining({
        code: 'OPERATION_UNSUPPORTED',
        message: expect.stringMatching(/"odd one" uses Sin/) as string,
      }),
    );
  });

  it('gives the output in float64', () => {
    const [first] = architectures;
    const forward = first && prepareDeepLift(first.graph);
    expect(forward?.graph.outputs.find(({ name }) => name === forward.output)?.type).toBe('double');
  });
});
