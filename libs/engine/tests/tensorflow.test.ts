import tf, { type Tensor } from '@tensorflow/tfjs';
import type { KerasSource } from '@xaigrid/graph';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../src/index.js';
import { loadTensorFlow } from '../src/tensorflow/load-tensorflow.js';
import { loadNetwork } from '../src/tensorflow/network.js';
import { softmaxMultipliers } from '../src/tensorflow/softmax-multipliers.js';
import { absoluteError } from './comparison.js';
import { outputsAbove, sumsOfFeatureMaps } from './mask-requests.js';
import { convolution, dense, plain } from './models/keras-layers.js';
import { type KerasModel, kerasModels, sequential, strided, vgg } from './models/keras-models.js';
import { normals } from './models/random.js';
import { readTestModel } from './models/read-test-model.js';
import { samplesFor } from './models/samples.js';

async function sourceOf(model: KerasModel): Promise<KerasSource> {
  const { keras } = await readTestModel(model);
  if (keras === undefined) throw new Error('A Keras model has a Keras source.');
  return keras;
}

describe('the tensorflow engine', () => {
  it('frees every tensor it makes', async () => {
    await loadTensorFlow();
    const before = tf.memory().numTensors;
    const engine = await createEngine({ model: await readTestModel(strided), name: 'tensorflow' });
    const loaded = tf.memory().numTensors;
    const inputs = samplesFor(strided, 3, 1);
    const classes = Int32Array.of(0, 1, 2);
    await engine.predict(inputs);
    const [found] = await engine.gradient({ inputs, classes, wrt: strided.probes, reduce: 'positions' });
    await engine.gradient({ inputs, classes, wrt: 'input' });
    const rows = { sample: Int32Array.of(0, 2), channel: Int32Array.of(1, 0) };
    if (found !== undefined) await sumsOfFeatureMaps(engine, { inputs, classes, activations: found.activations, rows });
    const baseline = { shape: strided.inputShape, data: samplesFor(strided, 1, 2).data };
    await outputsAbove(engine, {
      inputs,
      maps: inputs,
      rows: { sample: Int32Array.of(1), threshold: Float32Array.of(0) },
      baseline,
    });
    const expected = await engine.expectedGradients(inputs);
    await expected.attribute({ inputs, classes, draws: 1, references: Int32Array.of(0, 1, 2), fractions: new Float32Array(3) });
    await expect(engine.activations(inputs, ['nowhere'])).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(loaded);

    const deepLift = await engine.deepLift(inputs);
    await deepLift.attribute({ inputs, classes });
    await deepLift.close();
    expect(tf.memory().numTensors).toBe(loaded);
    await engine.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves the process without handlers of its own', async () => {
    await loadTensorFlow();
    const mine = (event: string) =>
      process.rawListeners(event).filter((listener) => listener.toString().includes('ex instanceof'));
    expect(mine('uncaughtException')).toEqual([]);
    expect(process.rawListeners('unhandledRejection').some((listener) => /throw (reason|ex)/.test(listener.toString()))).toBe(
      false,
    );
  });

  it.each(kerasModels)('computes $name as TensorFlow.js itself does', async (model) => {
    const { tf: loaded } = await loadTensorFlow();
    const network = await loadNetwork(loaded, await sourceOf(model));
    // The same topology, untouched but for what TensorFlow.js refuses to read.
    const topology = JSON.parse(
      JSON.stringify(model.topology)
        .replaceAll(/"axis":\[3\]/g, '"axis":-1')
        .replaceAll(/"kernel_regularizer":\{.*?\}\}/g, '"kernel_regularizer":null'),
    ) as object;
    const weightSpecs = model.weights.map(({ name, shape }) => ({ name, shape: [...shape], dtype: 'float32' as const }));
    const weightData = new Float32Array(model.weights.flatMap(({ data }) => [...data])).buffer;
    const reference = await tf.loadLayersModel({
      load: () => Promise.resolve({ modelTopology: topology, weightSpecs, weightData }),
    });
    tf.tidy(() => {
      const { shape, data } = samplesFor(model, 4, 1);
      const x = tf.tensor(data, [...shape]);
      const expected = reference.predict(x) as Tensor;
      const found = network.run(x).at(-1);
      // The same kernels, fused there and apart here.
      expect(absoluteError(found?.dataSync() ?? [], expected.dataSync())).toBeLessThan(5e-7);
    });
    network.dispose();
    reference.dispose();
  });

  it('refuses by DeepLIFT what it has no rule for, and says what to use', async () => {
    const model = sequential(
      'normalised',
      [8, 2],
      [],
      [
        convolution({ name: 'conv1d', from: 2, filters: 3, kernel: [3] }),
        plain('Activation', 'activation', { activation: 'softmax' }),
        plain('Flatten', 'flatten'),
        dense('dense', 24, 2, 'softmax'),
      ],
    );
    const engine = await createEngine({ model: await readTestModel(model), name: 'tensorflow' });
    const deepLift = await engine.deepLift(samplesFor(model, 2, 1));
    await expect(deepLift.attribute({ inputs: samplesFor(model, 1, 2), classes: Int32Array.of(0) })).rejects.toMatchObject({
      code: 'OPERATION_UNSUPPORTED',
      message:
        'DeepLIFT on the engine tensorflow has no rule for softmax over positions. Use the engine onnxruntime, or the method shap-gradient.',
    });
    await deepLift.close();
    await engine.close();
  });
});

describe('the pooling gradients that TensorFlow.js 4.22 gets wrong', () => {
  it.each([
    { size: [2, 2] as const, strides: [2, 2] as const, pad: 'valid' as const },
    { size: [3, 3] as const, strides: [2, 2] as const, pad: 'same' as const },
    { size: [3, 2] as const, strides: [1, 1] as const, pad: 'same' as const },
  ])(
    'max-pooling $size by $strides, $pad: WebAssembly agrees with plain JavaScript, on used memory',
    async ({ size, strides, pad }) => {
      await loadTensorFlow();
      const gradientOn = (backend: string) => {
        void tf.setBackend(backend);
        return tf.tidy(() => {
          // What is freed here is what the gradient gets.
          tf.tidy(() => Array.from({ length: 20 }, () => tf.fill([3, 7, 6, 4], 1234).dataSync()));
          const x = tf.tensor4d(normals(3 * 7 * 6 * 4, 1), [3, 7, 6, 4]);
          const pool = (input: Tensor) => tf.maxPool(input as typeof x, [...size], [...strides], pad);
          const count = pool(x).size;
          return Array.from(
            tf
              .grad(pool)(x, tf.tensor(normals(count, 2), pool(x).shape))
              .dataSync(),
          );
        });
      };
      // Sums of at most nine of the same numbers.
      expect(absoluteError(gradientOn('wasm'), gradientOn('cpu'))).toBeLessThan(1e-6);
    },
  );

  it('average-pooling with padding same: agrees with finite differences', async () => {
    const { tf: loaded } = await loadTensorFlow();
    const model = sequential(
      'padded',
      [5, 4, 2],
      [],
      [
        plain('AveragePooling2D', 'average_pooling2d', { pool_size: [3, 2], strides: [2, 1], padding: 'same' }),
        plain('Flatten', 'flatten'),
        dense('dense', 24, 2),
      ],
    );
    const network = await loadNetwork(loaded, await sourceOf(model));
    const data = normals(40, 3);
    tf.tidy(() => {
      const score = (input: Tensor) => tf.sum(network.run(input).at(-1) ?? tf.scalar(0));
      const value = (values: Float32Array) => score(tf.tensor(values, [1, 5, 4, 2])).dataSync()[0] ?? 0;
      const gradient = tf
        .grad(score)(tf.tensor(data, [1, 5, 4, 2]))
        .dataSync();
      const differences = Array.from(
        data,
        (_, i) => value(data.map((v, j) => (i === j ? v + 0.5 : v))) - value(data.map((v, j) => (i === j ? v - 0.5 : v))),
      );
      // The function is linear, so steps may be large: what is left is float32's rounding of the two values.
      expect(absoluteError(gradient, differences)).toBeLessThan(2e-6);
    });
    network.dispose();
  });
});

describe('softmaxMultipliers', () => {
  it('attributes the whole difference of outputs, also where the softmax is saturated', () => {
    for (const scale of [1, 30]) {
      const [x, r] = [Float64Array.from(normals(6, 1, scale)), Float64Array.from(normals(6, 2, scale))];
      const multipliers = softmaxMultipliers({ x, r, upstream: [0, 0, 1, 0, 0, 0] });
      const total = multipliers.reduce((sum, m, i) => sum + m * ((x[i] ?? 0) - (r[i] ?? 0)), 0);
      const p = (z: Float64Array) => Math.exp(z[2] ?? 0) / z.reduce((sum, value) => sum + Math.exp(value), 0);
      // float64 throughout.
      expect(total).toBeCloseTo(p(x) - p(r), 14);
    }
  });
});

it('computes on the best backend here, or on the one that is asked for', async () => {
  const { backends } = await loadTensorFlow();
  const model = await readTestModel(vgg);
  for (const backend of [undefined, ...backends]) {
    const engine = await createEngine({ model, name: 'tensorflow', backend });
    expect(engine.version).toMatch(/^@tensorflow\/tfjs(-node)? 4\.\d+\.\d+$/);
    expect(engine.backend).toBe(backend ?? backends[0]);
    await engine.close();
  }
  expect(backends).toContain('wasm');
});

it('refuses a backend that is not here', async () => {
  const { backends } = await loadTensorFlow();
  if (backends.includes('native')) return;
  await expect(createEngine({ model: await readTestModel(vgg), name: 'tensorflow', backend: 'native' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message:
      'The engine tensorflow has no backend "native" here, only wasm and cpu. `npm run tensorflow:native` builds it (docs/engines.md).',
  });
});
