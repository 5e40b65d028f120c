import { GraphBuilder, int, int64s, float32, withSteadySums, writeOnnx } from '@xaigrid/graph';
import type { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { loadOnnxRuntime } from '../src/onnxruntime/load-onnxruntime.js';
import { absoluteError } from './comparison.js';
import { convolution, dense, plain } from './models/keras-layers.js';
import { sequential } from './models/keras-models.js';
import { uniform } from './models/random.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

/** What ONNX Runtime adds up: node, extents of a batch, whether a sample's values are no multiple of four. */
const sums = (['ReduceSum', 'ReduceMean'] as const).flatMap((op) =>
  [
    { axes: [-1], extents: [128, 10] },
    { axes: [1], extents: [8, 7] },
    { axes: [1, 2], extents: [6, 3, 7] },
    { axes: [2], extents: [5, 3, 49] },
    { axes: [1, 3], extents: [4, 3, 2, 5] },
    { axes: [2, 3], extents: [4, 5, 7, 7] },
  ].flatMap((shape) => [0, 1].map((keepdims) => ({ ...shape, op, keepdims }))),
);

type Add = (builder: GraphBuilder, x: string) => string;

/** The outputs of a graph of one node, with and without steady sums, on a batch of one sample over and over. */
async function outputs(extents: readonly number[], add: Add) {
  const builder = new GraphBuilder('sums');
  const value = add(builder, builder.input('x', 'float', extents));
  builder.output(value, 'y');
  const graph = builder.build();
  const { ort } = await loadOnnxRuntime();
  const [samples = 1, ...rest] = extents;
  const size = rest.reduce((a, b) => a * b, 1);
  const one = Float32Array.from({ length: size }, uniform(size)).map((share) => 8 * share - 4);
  const data = new Float32Array(samples * size);
  for (let sample = 0; sample < samples; sample++) data.set(one, sample * size);
  return Promise.all(
    [graph, withSteadySums(graph)].map(async (each) => {
      const session: InferenceSession = await ort.InferenceSession.create(writeOnnx(each), { logSeverityLevel: 3 });
      const { y } = await session.run({ x: new ort.Tensor('float32', data, extents) });
      await session.release();
      const values = y?.data as Float32Array;
      const stride = values.length / samples;
      return { shape: y?.dims, rows: Array.from({ length: samples }, (_, at) => values.slice(at * stride, (at + 1) * stride)) };
    }),
  );
}

describe('sums of a sample have the same bits wherever it lies in its batch', () => {
  it.each(sums)('$op of $extents over $axes, keepdims $keepdims', async ({ op, axes, extents, keepdims }) => {
    const add: Add = (builder, x) => builder.node(op, [x, builder.constant(int64s(axes))], { keepdims: int(keepdims) });
    const [plainly, steadily] = await outputs(extents, add);
    expect(steadily?.shape).toEqual(plainly?.shape);
    const [first = new Float32Array()] = steadily?.rows ?? [];
    for (const row of steadily?.rows ?? []) expect(row).toEqual(first);
    // Sums of at most 49 values below 4 in another order.
    expect(absoluteError(first, plainly?.rows[0] ?? [])).toBeLessThan(2e-5);
  });

  it('InstanceNormalization', async () => {
    const weights = (builder: GraphBuilder, seed: number) =>
      builder.constant(float32(Float32Array.from({ length: 3 }, uniform(seed)), [3]));
    const [plainly, steadily] = await outputs([6, 3, 7, 3], (builder, x) =>
      builder.node('InstanceNormalization', [x, weights(builder, 1), weights(builder, 2)]),
    );
    const [first = new Float32Array()] = steadily?.rows ?? [];
    for (const row of steadily?.rows ?? []) expect(row).toEqual(first);
    expect(absoluteError(first, plainly?.rows[0] ?? [])).toBeLessThan(2e-6);
  });

  it('is left alone where samples begin alike anyway', () => {
    const graphOf = (extents: readonly number[]) => {
      const builder = new GraphBuilder('sums');
      builder.output(builder.node('ReduceSum', [builder.input('x', 'float', extents), builder.constant(int64s([-1]))]), 'y');
      return builder.build();
    };
    for (const extents of [
      [128, 12],
      [1, 7],
      [4, 4, 7],
      [9, 3],
    ]) {
      const graph = graphOf(extents);
      expect(withSteadySums(graph).nodes).toEqual(graph.nodes);
    }
  });
});

/** An odd number of positions, channels and classes. */
const odd = sequential(
  'odd',
  [15, 1],
  ['conv1d'],
  [
    convolution({ name: 'conv1d', from: 1, filters: 5, kernel: [3], activation: 'softplus' }),
    plain('GlobalAveragePooling1D', 'global_average_pooling1d'),
    dense('dense', 5, 13, 'softmax'),
  ],
);

describe('a sample has the same bits wherever it lies in its batch', () => {
  /** Copies of a sample in one call, and how many different ones are tried: not each shows what depends on its place. */
  const [COPIES, SAMPLES] = [40, 30];
  const draw = uniform(3);
  const randoms = (count: number) => Float32Array.from({ length: count }, draw);
  const copies = (values: Float32Array) =>
    Float32Array.from({ length: COPIES * values.length }, (_, at) => values[at % values.length] ?? NaN);
  const references = { shape: [3, 15, 1], data: randoms(45) };
  const requests = Array.from({ length: SAMPLES }, (_, at) => ({
    inputs: { shape: [COPIES, 15, 1], data: copies(randoms(15).map((share) => 4 * share - 2)) },
    classes: new Int32Array(COPIES).fill(at % 13),
  }));

  it.each([
    { kind: 'onnxruntime' as const, tried: SAMPLES },
    // Ten times as slow, and nothing of it adds up by places in memory.
    { kind: 'tensorflow' as const, tried: 5 },
  ])('on $kind', async ({ kind, tried }) => {
    const engine = await engineFor(kind, odd);
    const expected = await engine.expectedGradients(references);
    for (const [at, { inputs, classes }] of requests.slice(0, tried).entries()) {
      const [ofInput] = await engine.gradient({ inputs, classes, wrt: 'input' });
      const [ofLayer] = await engine.gradient({ inputs, classes, wrt: ['conv1d'], reduce: 'positions' });
      const draws = 3 + (at % 5);
      const { attributions } = await expected.attribute({
        ...{ inputs, classes, draws },
        references: Int32Array.from(copies(randoms(draws).map((share) => Math.floor(3 * share)))),
        fractions: copies(randoms(draws)),
      });
      const answers = [await engine.predict(inputs), ofInput?.gradient, ofLayer?.gradient, attributions];
      for (const { data } of answers.filter((answer) => answer !== undefined)) {
        const stride = data.length / COPIES;
        for (let copy = 1; copy < COPIES; copy++)
          expect(data.slice(copy * stride, (copy + 1) * stride)).toEqual(data.slice(0, stride));
      }
    }
    await expected.close();
  });
});
