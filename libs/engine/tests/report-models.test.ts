import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { float32Of, isNumpyArray, isPickleDict, readPickle, rowsOf, sumOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { absoluteError, relativeError } from './comparison.js';
import { uniform } from './models/random.js';

const folder = process.env.REPORT_INPUTS ?? '';
const open: Engine[] = [];

async function engines(file: string): Promise<[onnxruntime: Engine, tensorflow: Engine]> {
  const model = await readModel({
    files: [{ name: file, bytes: new Uint8Array(await readFile(join(folder, file))) }],
    name: file,
  });
  const both: [Engine, Engine] = [
    await createEngine({ model, name: 'onnxruntime' }),
    await createEngine({ model, name: 'tensorflow' }),
  ];
  open.push(...both);
  return both;
}

async function testSamples(): Promise<Tensor> {
  const dataset = await readPickle(join(folder, 'MNIST1D.pkl'), { name: 'MNIST1D.pkl', code: 'DATASET_UNREADABLE' });
  const samples = isPickleDict(dataset) ? dataset.get('x_test') : undefined;
  if (samples === undefined || !isNumpyArray(samples)) throw new Error('MNIST1D.pkl has no array x_test');
  return { shape: [1000, 40, 1], data: float32Of(samples).data };
}

describe.skipIf(folder === '')("the report's models", () => {
  afterAll(() => Promise.all(open.map((engine) => engine.close())));

  it('MNIST1D.h5: the engines agree on all test samples', async () => {
    const [onnxruntime, tensorflow] = await engines('MNIST1D.h5');
    const inputs = await testSamples();
    const [found, expected] = [await onnxruntime.predict(inputs), await tensorflow.predict(inputs)];
    // Logits reach 76, where a float32's last place is 8e-6, so the trained net is harder than random weights are. Against
    // the same net in float64 (numpy), the worst of all 10 000 probabilities is off by 2.6e-6 on onnxruntime, 4.6e-6 on
    // tensorflow (wasm), and 6.4e-6 in PyTorch's float32; 27 samples differ between the engines by more than 2e-6.
    expect(absoluteError(found.data, expected.data)).toBeLessThan(1e-5);
    const apart = Array.from({ length: 1000 }, (_, i) =>
      absoluteError(found.data.subarray(10 * i, 10 * i + 10), expected.data.subarray(10 * i, 10 * i + 10)),
    );
    expect(apart.filter((error) => error > 2e-6).length).toBeLessThanOrEqual(50);
    const request = { inputs, classes: new Int32Array(1000), wrt: ['conv1d_2'] };
    const [[a], [b]] = [await onnxruntime.gradient(request), await tensorflow.gradient(request)];
    expect(relativeError(a?.gradient.data ?? [], b?.gradient.data ?? [])).toBeLessThan(1e-4);
  });

  it('HMT.h5: the engines agree but for what hangs on one near-tie', async () => {
    const [onnxruntime, tensorflow] = await engines('HMT.h5');
    const shape = [2, 224, 224, 3];
    const inputs = { shape, data: Float32Array.from({ length: 2 * 224 * 224 * 3 }, uniform(1)) };
    const [found, expected] = [await onnxruntime.predict(inputs), await tensorflow.predict(inputs)];
    expect(absoluteError(found.data, expected.data)).toBeLessThan(2e-6);
    // In one window of the last max-pooling the two largest values are as good as equal, and each engine's rounding picks
    // another: two gradients of conv2d_3 are exchanged. Through two 3×3 convolutions that reaches 6×6 positions, and through
    // max-pooling one of four positions in each window: at most 6·6·32 values of conv2d_1. All others agree.
    for (const { layer, reached } of [
      { layer: 'conv2d_3', reached: 2 },
      { layer: 'conv2d_1', reached: 6 * 6 * 32 },
    ]) {
      const request = { inputs, classes: new Int32Array(2), wrt: [layer] };
      const [[a], [b]] = [await onnxruntime.gradient(request), await tensorflow.gradient(request)];
      const values = b?.gradient.data ?? new Float32Array(0);
      const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      const off = values.filter((value, at) => !(Math.abs(value - (a?.gradient.data[at] ?? Number.NaN)) < 1e-4 * scale));
      expect(values.length).toBeGreaterThan(1e6);
      expect(off.length).toBeLessThanOrEqual(reached);
    }
  });

  it('HMT.h5: DeepLIFT of images adds up, pair by pair', async () => {
    const [onnxruntime] = await engines('HMT.h5');
    // Noise of several strengths, which the model tells apart.
    const images = (count: number, seed: number) => {
      const draw = uniform(seed);
      const strength = (index: number) => 1 / (1 + Math.floor(index / (224 * 224 * 3)));
      return {
        shape: [count, 224, 224, 3],
        data: Float32Array.from({ length: count * 224 * 224 * 3 }, (_, index) => strength(index) * draw()),
      };
    };
    const deepLift = await onnxruntime.deepLift(images(3, 1));
    const { attributions, outputs, expected, bits } = await deepLift.attribute({
      inputs: images(2, 2),
      classes: Int32Array.of(0, 3),
    });
    // Float64 is beyond the engine for images of this size, and not needed.
    expect([...bits]).toEqual([32, 32]);
    for (const [sample, output] of outputs.entries()) {
      const sum = sumOf(rowsOf(attributions, sample, sample + 1).data);
      expect(Math.abs(sum)).toBeGreaterThan(0.01);
      expect(Math.abs(sum - (output - (expected[sample] ?? NaN)))).toBeLessThan(1e-6);
    }
    await deepLift.close();
  });
});
