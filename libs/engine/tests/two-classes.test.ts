import { writeOnnx, GraphBuilder, constantOf, type Model } from '@xaigrid/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, readModel, type Engine } from '../src/index.js';
import { outputsAbove } from './mask-requests.js';
import { convolution, dense, plain } from './models/keras-layers.js';
import { sequential } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';
import { samplesFor } from './models/samples.js';

const body = [
  convolution({ name: 'conv', from: 2, filters: 5, kernel: [3], activation: 'relu' }),
  plain('MaxPooling1D', 'pool', { pool_size: [2], strides: [2], padding: 'valid' }),
  plain('Flatten', 'flatten'),
];
const inputShape = [12, 2];
const one = (name: string, activation: string) =>
  sequential(name, inputShape, ['conv'], [...body, dense('dense', 30, 1, activation)]);

/** The same weights with two columns, of which class 0's are 0: its Softmax is the Sigmoid of the one logit. */
function asSoftmax() {
  const model = one('softmax', 'softmax');
  const weights = model.weights.map((weight) => {
    if (!weight.name.startsWith('dense/')) return weight;
    const data = Float32Array.from([...weight.data].flatMap((value) => [0, value]));
    return { ...weight, shape: [...weight.shape.slice(0, -1), 2], data };
  });
  const topology = JSON.parse(JSON.stringify(model.topology).replace('"units":1', '"units":2')) as unknown;
  return { ...model, topology, weights };
}

const samples = 9;
const inputs = samplesFor(asSoftmax(), samples, 1);
const references = samplesFor(asSoftmax(), 7, 2);
const all = (value: number) => new Int32Array(samples).fill(value);
const largest = (values: ArrayLike<number>) => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const difference = (a: ArrayLike<number>, b: ArrayLike<number>) => largest(Array.from(a, (value, i) => value - (b[i] ?? NaN)));
const negated = (values: Float32Array) => values.map((value) => -value);

describe.each(['onnxruntime', 'tensorflow'] as const)('on the engine %s', (name) => {
  describe.each([
    ['one sigmoid', 'sigmoid'],
    ['one logit', 'linear'],
  ])('a model that ends in %s', (_, activation) => {
    let engine: Engine;
    let twoColumns: Engine;

    beforeAll(async () => {
      engine = await createEngine({ model: await readTestModel(one(`one ${activation}`, activation)), name, threads: 1 });
      twoColumns = await createEngine({ model: await readTestModel(asSoftmax()), name: 'onnxruntime', threads: 1 });
    });
    afterAll(async () => {
      await Promise.all([engine.close(), twoColumns.close()]);
    });

    it('has two classes, whose probabilities are those of a Softmax over (0, z)', async () => {
      expect(engine.model.classes).toBe(2);
      const [found, expected] = [await engine.predict(inputs), await twoColumns.predict(inputs)];
      expect(found.shape).toEqual([samples, 2]);
      // Rounding of a probability, and of the exponentials it is made of.
      expect(difference(found.data, expected.data)).toBeLessThan(3e-7);
    });

    it('has gradients of class 0 that are those of class 1 with the other sign', async () => {
      const of = async (from: Engine, index: number) =>
        (await from.gradient({ inputs, classes: all(index), wrt: 'input' }))[0]?.gradient.data ?? new Float32Array();
      const [zero, first] = [await of(engine, 0), await of(engine, 1)];
      expect(largest(first)).toBeGreaterThan(0.01);
      expect(difference(zero, await of(twoColumns, 0))).toBeLessThan(1e-6 * largest(first));
      // ONNX Runtime computes p(1 − p) of both from the same two numbers.
      if (name === 'onnxruntime') expect(zero).toEqual(negated(first));
      else expect(difference(zero, negated(first))).toBeLessThan(1e-6 * largest(first));
    });

    it('has Deep SHAP of class 0 that is that of class 1 with the other sign, and adds up', async () => {
      const deepLift = await engine.deepLift(references);
      const [zero, first] = [
        await deepLift.attribute({ inputs, classes: all(0) }),
        await deepLift.attribute({ inputs, classes: all(1) }),
      ];
      await deepLift.close();
      expect(difference(zero.attributions.data, negated(first.attributions.data))).toBeLessThan(
        1e-5 * largest(first.attributions.data),
      );
      for (const { attributions, outputs, expected } of [zero, first]) {
        const sums = Array.from(outputs, (_value, i) =>
          attributions.data.subarray(i * 24, (i + 1) * 24).reduce((sum, value) => sum + value, 0),
        );
        // 24 float32 values a sum.
        expect(
          difference(
            sums,
            outputs.map((output, i) => output - (expected[i] ?? NaN)),
          ),
        ).toBeLessThan(2e-6);
      }
    });

    it('masks and sums like one of two columns', async () => {
      const maps = { shape: [samples, 12], data: Float32Array.from({ length: samples * 12 }, (_value, i) => (i * 7) % 12) };
      const rows = { sample: Int32Array.from(all(0), (_value, i) => i), threshold: new Float32Array(samples).fill(5) };
      const baseline = { shape: inputShape, data: new Float32Array(24) };
      const request = { inputs, maps, rows, baseline };
      const [found, expected] = [await outputsAbove(engine, request), await outputsAbove(twoColumns, request)];
      expect(difference(found.data, expected.data)).toBeLessThan(3e-7);
    });
  });
});

describe('class 0 of a model that is sure of class 1', () => {
  /** σ(10·x), from `last`. */
  const file = (last: (builder: GraphBuilder, logit: string) => string): Promise<Model> => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float', [null, 1]);
    builder.output(last(builder, builder.node('MatMul', [x, builder.constant(constantOf('float', [1, 1], [10]))])));
    return readModel({ files: [{ name: 'm.onnx', bytes: writeOnnx(builder.build()) }], name: 'sure' });
  };

  it.each<[string, (builder: GraphBuilder, logit: string) => string]>([
    ['a logit', (_, logit) => logit],
    ['a sigmoid', (builder, logit) => builder.node('Sigmoid', [logit])],
    [
      'a sigmoid of [n]',
      (builder, logit) =>
        builder.node('Sigmoid', [
          builder.node('Reshape', [logit, builder.constant({ type: 'int64', shape: [1], data: BigInt64Array.of(-1n) })]),
        ]),
    ],
  ])('keeps the digits of 1 − p behind %s', async (_, last) => {
    const engine = await createEngine({ model: await file(last), name: 'onnxruntime', threads: 1 });
    const { data } = await engine.predict({ shape: [2, 1], data: Float32Array.of(2, -2) });
    await engine.close();
    const small = 1 / (1 + Math.exp(20));
    expect(data[1]).toBe(1);
    // In float32, 1 − σ(20) is 0.
    expect((data[0] ?? 0) / small).toBeCloseTo(1, 5);
    expect((data[3] ?? 0) / small).toBeCloseTo(1, 5);
  });
});
