import { reluRules, type ReluRule } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../src/index.js';
import { relativeError } from './comparison.js';
import { convolution, dense, plain, type KerasWeight } from './models/keras-layers.js';
import { branched, report1d, sequential, strided, vgg } from './models/keras-models.js';
import { roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor, engineKinds } from './models/test-engines.js';

afterAll(closeEngines);

const SAMPLES = 20;
/** Small enough for its backward pass to be written down. The second ReLU is a layer of its own. */
const perceptron = sequential(
  'perceptron',
  [6],
  [],
  [
    dense('dense', 6, 9, 'relu'),
    dense('dense_1', 9, 7),
    plain('ReLU', 're_lu', { max_value: null, negative_slope: 0, threshold: 0 }),
    dense('dense_2', 7, 3, 'softmax'),
  ],
);
const without = sequential(
  'without',
  [8, 2],
  [],
  [
    convolution({ name: 'conv', from: 2, filters: 4, kernel: [3], activation: 'tanh' }),
    plain('ReLU', 're_lu', { max_value: 6, negative_slope: 0, threshold: 0 }),
    plain('Flatten', 'flatten'),
    dense('dense', 32, 3, 'softmax'),
  ],
);

const gradientOf = async (engine: Engine, inputs: Tensor, reluRule: ReluRule | undefined, target = 'logit' as const) => {
  const classes = roundRobin(inputs.shape[0] ?? 0, engine.model.classes);
  const [found] = await engine.gradient({ inputs, classes, wrt: 'input', target, reluRule });
  return found?.gradient.data ?? new Float32Array(0);
};

/** W·x + b, and Wᵀ·g, for a kernel `[from, to]`. */
function layerOf(name: string) {
  const find = (role: string): KerasWeight => {
    const found = perceptron.weights.find((weight) => weight.name === `${name}/${role}`);
    if (found === undefined) throw new TypeError(`There is no weight ${role}.`);
    return found;
  };
  const [kernel, bias] = [find('kernel'), find('bias')];
  const [from = 0, to = 0] = kernel.shape;
  const range = (count: number) => Array.from({ length: count }, (_, index) => index);
  const at = (i: number, j: number) => kernel.data[i * to + j] ?? NaN;
  return {
    forward: (x: readonly number[]) =>
      range(to).map((j) => range(from).reduce((sum, i) => sum + (x[i] ?? NaN) * at(i, j), bias.data[j] ?? NaN)),
    back: (g: readonly number[]) => range(from).map((i) => range(to).reduce((sum, j) => sum + (g[j] ?? NaN) * at(i, j), 0)),
  };
}

/** What comes back to the input from z_c. */
function byHand(x: readonly number[], index: number, rule: ReluRule): number[] {
  const [first, second, last] = [layerOf('dense'), layerOf('dense_1'), layerOf('dense_2')];
  const a = first.forward(x);
  const b = second.forward(a.map((value) => Math.max(0, value)));
  const through = (g: readonly number[], inputs: readonly number[]) =>
    g.map((value, at) => (value > 0 && (rule === 'deconvnet' || (inputs[at] ?? NaN) > 0) ? value : 0));
  const g = last.back([0, 1, 2].map((c) => (c === index ? 1 : 0)));
  return first.back(through(second.back(through(g, b)), a));
}

describe.each(engineKinds)('%s', (kind) => {
  it.each(reluRules)('passes a ReLU as the rule says: %s', async (rule) => {
    const inputs = samplesFor(perceptron, SAMPLES, 1);
    const found = await gradientOf(await engineFor(kind, perceptron), inputs, rule);
    const size = sizeOf(perceptron.inputShape);
    const wanted = Array.from({ length: SAMPLES }, (_, n) =>
      byHand([...inputs.data.subarray(n * size, (n + 1) * size)], n % 3, rule),
    ).flat();
    // Dozens of float32 products.
    expect(relativeError(found, wanted)).toBeLessThan(1e-6);
    const plainly = await gradientOf(await engineFor(kind, perceptron), inputs, undefined);
    expect(relativeError(found, [...plainly])).toBeGreaterThan(0.1);
  });

  it('refuses a model without ReLU', async () => {
    const engine = await engineFor(kind, without);
    const inputs = samplesFor(without, 2, 1);
    await expect(gradientOf(engine, inputs, 'guided')).rejects.toMatchObject({
      code: 'OPERATION_UNSUPPORTED',
      message: expect.stringContaining('The model has no ReLU between its input and its output') as string,
    });
    expect(await gradientOf(engine, inputs, undefined)).toHaveLength(32);
  });
});

describe.each([report1d, vgg, strided, branched])('both engines on $name', (model) => {
  it.each(reluRules)('pass ReLUs alike: %s', async (rule) => {
    const inputs = samplesFor(model, SAMPLES, 1);
    const [a, b] = await Promise.all(
      (['onnxruntime', 'tensorflow'] as const).map(async (kind) => gradientOf(await engineFor(kind, model), inputs, rule)),
    );
    // A sum of hundreds of float32 products at every layer, as of gradients.
    expect(relativeError(a ?? [], b ?? [])).toBeLessThan(1e-4);
  });
});
