import type { Model } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import {
  functionalFixture,
  sequentialFixture,
  tfjsFiles,
  type LayerFixture,
  type ModelFixture,
} from '../../graph/tests/reference/keras-models.js';
import { assertDeepLift, assertExecutable } from '../src/assert-executable.js';
import { createEngine, type Engine, readModel } from '../src/index.js';
import { absoluteError, relativeError } from './comparison.js';
import { samplesFor } from './models/samples.js';

const read = (fixture: ModelFixture): Promise<Model> => readModel({ files: tfjsFiles(fixture), name: 'fixture' });

async function onBoth<Result>(
  fixture: ModelFixture,
  work: (engine: Engine) => Promise<Result>,
): Promise<Record<'onnxruntime' | 'tensorflow', Result>> {
  const model = await read(fixture);
  const results: Result[] = [];
  for (const name of ['onnxruntime', 'tensorflow'] as const) {
    const engine = await createEngine({ model, name, threads: 1 });
    results.push(await work(engine));
    await engine.close();
  }
  return { onnxruntime: results[0] as Result, tensorflow: results[1] as Result };
}

const gradientAt =
  (inputs: Tensor, wrt: 'input' | readonly string[] = 'input') =>
  async (engine: Engine): Promise<Float32Array> => {
    const [found] = await engine.gradient({ inputs, classes: new Int32Array(inputs.shape[0] ?? 0), wrt });
    return found?.gradient.data ?? new Float32Array();
  };

const flatten: LayerFixture = { class_name: 'Flatten', config: { name: 'flatten' } };
const head = (from: number): LayerFixture => ({
  class_name: 'Dense',
  config: { name: 'head', units: 3, activation: 'softmax' },
  weights: { kernel: [from, 3], bias: [3] },
});

describe('equal values', () => {
  it('share the gradient of a global maximum', async () => {
    const fixture = sequentialFixture([2, 3, 2], [{ class_name: 'GlobalMaxPooling2D', config: { name: 'tested' } }, head(2)]);
    // Channel 0 has its maximum twice, channel 1 six times.
    const data = Float32Array.of(1, 5, 4, 5, 0, 5, 4, 5, -2, 5, 3, 5);
    const { tensorflow: found } = await onBoth(fixture, gradientAt({ shape: [1, 2, 3, 2], data }));
    const [first = 0, second = 0] = [found[2], found[1]];
    expect(first).not.toBe(0);
    expect([...found.map((value) => value + 0)]).toEqual([
      0,
      second,
      first,
      second,
      0,
      second,
      first,
      second,
      0,
      second,
      0,
      second,
    ]);
    // A maximum that is attained once has the whole of it.
    const apart = data.map((value, i) => (i === 6 || (i % 2 === 1 && i > 1) ? value - 1 : value));
    const { tensorflow: whole } = await onBoth(fixture, gradientAt({ shape: [1, 2, 3, 2], data: apart }));
    expect((whole[2] ?? NaN) / first).toBeCloseTo(2, 5);
    expect((whole[1] ?? NaN) / second).toBeCloseTo(6, 5);
  });

  it('share what Deep SHAP attributes to a global maximum, which adds up', async () => {
    const fixture = sequentialFixture([4, 2], [{ class_name: 'GlobalMaxPooling1D', config: { name: 'tested' } }, head(2)]);
    const inputs = { shape: [1, 4, 2], data: Float32Array.of(3, 2, 3, 2, 0, 2, -1, 2) };
    const references = { shape: [1, 4, 2], data: new Float32Array(8) };
    const { tensorflow } = await onBoth(fixture, async (engine) => {
      const deepLift = await engine.deepLift(references);
      const result = await deepLift.attribute({ inputs, classes: Int32Array.of(0) });
      await deepLift.close();
      return result;
    });
    const total = tensorflow.attributions.data.reduce((sum, value) => sum + value, 0);
    expect(total).toBeCloseTo((tensorflow.outputs[0] ?? NaN) - (tensorflow.expected[0] ?? NaN), 6);
  });

  it.each(['Maximum', 'Minimum'])('share the gradient of %s, as on the other engine', async (class_name) => {
    const convolve = (name: string, activation: string) => ({
      from: ['the_input'],
      class_name: 'Conv1D',
      config: { name, filters: 3, kernel_size: [1], activation },
      weights: { kernel: [1, 2, 3], bias: [3] },
    });
    const fixture = functionalFixture(
      [5, 2],
      [
        convolve('a', 'relu'),
        convolve('b', 'relu'),
        { from: ['a', 'b'], class_name, config: { name: 'merged' } },
        { ...flatten, from: ['merged'] },
        { ...head(15), from: ['flatten'] },
      ],
    );
    const inputs = samplesFor({ inputShape: [5, 2] }, 4, 3);
    const found = await onBoth(fixture, gradientAt(inputs, ['a']));
    expect(relativeError(found.tensorflow, found.onnxruntime)).toBeLessThan(1e-5);
  });
});

describe('at its kinks', () => {
  const values = [-3, -2.5, -1, -0.5, 0, 0.5, 1, 2.5, 3, 6];
  it.each([
    ...['relu', 'relu6', 'leaky_relu', 'elu', 'selu', 'hard_sigmoid', 'hard_silu', 'softsign'].map(
      (activation) => ['Activation', { activation }] as const,
    ),
    ['ReLU', { max_value: 2.5, negative_slope: 0.2, threshold: 0.5 }] as const,
    ['ReLU', { max_value: 3 }] as const,
    ['LeakyReLU', { alpha: 0.1 }] as const,
    ['ELU', { alpha: 0.4 }] as const,
  ])('%s %o has the gradient that it has on the other engine', async (class_name, config) => {
    const fixture = sequentialFixture([10], [{ class_name, config: { name: 'tested', ...config } }, head(10)]);
    const found = await onBoth(fixture, gradientAt({ shape: [1, 10], data: Float32Array.from(values) }));
    expect(relativeError(found.tensorflow, found.onnxruntime)).toBeLessThan(1e-5);
  });
});

describe('a layer that is given the same value twice', () => {
  const convolve = (name: string, from: string): LayerFixture & { readonly from: readonly string[] } => ({
    from: [from],
    class_name: 'Conv1D',
    config: { name, filters: 2, kernel_size: [3], padding: 'same', activation: 'relu' },
    weights: { kernel: [3, 2, 2], bias: [2] },
  });
  it.each([
    ['Add', ['a', 'a'], 10],
    ['Concatenate', ['a', 'b', 'a'], 30],
    ['Average', ['a', 'a', 'b'], 10],
    ['Add', ['the_input', 'the_input'], 10],
    ['Subtract', ['a', 'a'], 10],
  ] as const)('%s of %s is attributed once', async (class_name, from, units) => {
    const fixture = functionalFixture(
      [5, 2],
      [
        convolve('a', 'the_input'),
        convolve('b', 'a'),
        { from, class_name, config: { name: 'merged' } },
        { ...flatten, from: ['merged'] },
        { ...head(units), from: ['flatten'] },
      ],
    );
    const inputs = samplesFor({ inputShape: [5, 2] }, 3, 1);
    const references = samplesFor({ inputShape: [5, 2] }, 4, 2);
    const found = await onBoth(fixture, async (engine) => {
      const deepLift = await engine.deepLift(references);
      const { attributions } = await deepLift.attribute({ inputs, classes: Int32Array.of(0, 1, 2) });
      await deepLift.close();
      return attributions.data;
    });
    expect(absoluteError(found.tensorflow, found.onnxruntime)).toBeLessThan(2e-5);
  });
});

it('means the calls of a shared layer by the names that they have', async () => {
  const fixture = functionalFixture(
    [5, 2],
    [
      {
        from: ['the_input'],
        class_name: 'Conv1D',
        config: { name: 'shared', filters: 2, kernel_size: [3], padding: 'same', activation: 'tanh' },
        weights: { kernel: [3, 2, 2], bias: [2] },
      },
      { ...flatten, from: ['shared'] },
      { ...head(10), from: ['flatten'] },
    ],
  );
  // Called again on its own output, which is flattened.
  const topology = JSON.parse(
    JSON.stringify(fixture.topology)
      .replace('"inbound_nodes":[[["the_input",0,0,{}]]]', '"inbound_nodes":[[["the_input",0,0,{}]],[["shared",0,0,{}]]]')
      .replace('"inbound_nodes":[[["shared",0,0,{}]]]', '"inbound_nodes":[[["shared",1,0,{}]]]'),
  ) as ModelFixture['topology'];
  const inputs = samplesFor({ inputShape: [5, 2] }, 3, 1);
  for (const layer of ['shared', 'shared:1']) {
    const found = await onBoth({ ...fixture, topology }, gradientAt(inputs, [layer]));
    expect(relativeError(found.tensorflow, found.onnxruntime)).toBeLessThan(1e-5);
  }
});

describe('before anything is computed', () => {
  const refusal = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
  const withKeras = (model: Model, from: string, to: string): Model => {
    if (model.keras === undefined) throw new Error('A Keras model has a Keras source.');
    const topology = JSON.parse(JSON.stringify(model.keras.topology).replace(from, to)) as unknown;
    return { ...model, keras: { ...model.keras, topology } };
  };

  it.each([
    ['"activation":"tanh"', '"activation":"sparsemax"', /layer "tested", whose activation is "sparsemax"\. Use the engine onnx/],
    ['"class_name":"Flatten"', '"class_name":"Novel"', /layer "flatten", of class Novel\. Use the engine onnxruntime/],
    ['"filters":2', '"filters":2,"data_format":"channels_first"', /layer "tested", whose channels come first\./],
  ])('what it cannot compute is refused: %s → %s', async (from, to, message) => {
    const layer = {
      class_name: 'Conv1D',
      config: { name: 'tested', filters: 2, kernel_size: [3], activation: 'tanh' },
      weights: { kernel: [3, 2, 2], bias: [2] },
    };
    const model = await read(sequentialFixture([5, 2], [layer, flatten, head(6)]));
    assertExecutable('tensorflow', model);
    expect(() => {
      assertExecutable('tensorflow', withKeras(model, from, to));
    }).toThrow(refusal('OPERATION_UNSUPPORTED', message));
  });

  it.each([
    [{ class_name: 'LayerNormalization', config: { name: 'tested' }, weights: { gamma: [3], beta: [3] } }, /LayerNormalization/],
    [{ class_name: 'Softmax', config: { name: 'tested' } }, /softmax over positions/],
  ])('Deep SHAP is refused where a rule is missing: $class_name', async (layer, message) => {
    const model = await read(sequentialFixture([4, 3], [layer, flatten, head(12)]));
    assertDeepLift('onnxruntime', model);
    expect(() => {
      assertDeepLift('tensorflow', model);
    }).toThrow(refusal('OPERATION_UNSUPPORTED', message));
  });
});
