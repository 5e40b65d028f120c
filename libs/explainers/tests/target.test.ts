import { createEngine, type Engine } from '@xaigrid/engine';
import { argmaxRows, rowsOf, type Tensor } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convolution, dense, plain } from '../../engine/tests/models/keras-layers.js';
import { sequential } from '../../engine/tests/models/keras-models.js';
import { readTestModel } from '../../engine/tests/models/read-test-model.js';
import { explainers, type Explainer } from '../src/index.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs } from './sample-model.js';

const inputShape = [8, 2];
const CLASSES = 4;
const samples = 5;
/** A small network whose Dense layer gives logits, or their softmax. */
const network = (activation: 'softmax' | 'linear') =>
  sequential(
    `ends in ${activation}`,
    inputShape,
    [],
    [
      convolution({ name: 'conv', from: 2, filters: 6, kernel: [3], padding: 'same', activation: 'tanh' }),
      plain('MaxPooling1D', 'pool', { pool_size: [2], strides: [2], padding: 'valid' }),
      convolution({ name: 'conv_1', from: 6, filters: 5, kernel: [3], padding: 'same', activation: 'relu' }),
      plain('Flatten', 'flatten'),
      dense('dense', 20, CLASSES, activation),
    ],
  );

const inputs = sampleInputs(inputShape, samples);
const background = backgroundOf(sampleInputs(inputShape, samples + 3));
const classes = Int32Array.from({ length: samples }, (_, sample) => sample % CLASSES);
/** Small settings, and a sign where a method has one to give. */
const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  gradient: { absolute: false },
  'smooth-grad': { absolute: false, draws: 5 },
  'square-grad': { draws: 5 },
  'var-grad': { draws: 5, noise: 0.5 },
  'shap-gradient': { draws: 6 },
  'integrated-gradients': { steps: 8 },
  'blur-integrated-gradients': { steps: 8, maxSigma: 3 },
  'guided-integrated-gradients': { steps: 8 },
  'xgrad-cam': { relu: false },
  'ss-cam': { draws: 3 },
  'is-cam': { steps: 3 },
  'integrated-grad-cam': { steps: 3 },
  'extremal-perturbation': { steps: 8, areaWeight: 1, learningRate: 0.3, baseline: 0 },
};
/**
 * Methods whose maps, or gradients on their way, are cut off below 0, which take squares, variances or dependences, or a path of
 * their own: not the difference of two maps.
 */
const notLinear = new Set([
  'sise',
  'grad-cam',
  'integrated-grad-cam',
  'score-cam',
  'grad-cam-plus-plus',
  'layer-cam',
  'eigen-grad-cam',
  'ablation-cam',
  'ss-cam',
  'is-cam',
  'finer-cam',
  'square-grad',
  'var-grad',
  'full-grad',
  'guided-backpropagation',
  'guided-grad-cam',
  'deconvnet',
  'guided-integrated-gradients',
  'sobol',
  'hsic',
  'extremal-perturbation',
]);
const targeted = explainers.filter(({ params }) => params.safeParse({ target: 'probability' }).success);
/** The networks here are of signals, and have no attention. */
const tried = targeted.filter(({ method, family }) => method !== 'xrai' && family !== 'attention');

let softmax: Engine;
/** The same weights, whose logits are taken for probabilities: the oracle, as users had to have them before. */
let mislabelled: Engine;
beforeAll(async () => {
  softmax = await createEngine({ model: await readTestModel(network('softmax')), name: 'onnxruntime', threads: 1 });
  mislabelled = await createEngine({
    model: await readTestModel(network('linear'), { output: 'probabilities' }),
    ...{ name: 'onnxruntime', threads: 1 },
  });
});
afterAll(async () => {
  await Promise.all([softmax.close(), mislabelled.close()]);
});

const explain = (method: Explainer, engine: Engine, params: object, explained = classes) =>
  explainOnce(method, { engine, background, params: { ...settings[method.method], ...params } }, { inputs, classes: explained });

const minus = (a: Tensor, b: Tensor) => a.data.map((value, at) => value - (b.data[at] ?? NaN));
const largest = ({ data }: Tensor) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

it('is a parameter of all methods of gradients, CAMs, Shapley values and attention, but of those that know no class or only logits', () => {
  const families = ['gradient', 'cam', 'shapley', 'propagation', 'attention'];
  const without = ['eigen-cam', 'lrp', 'raw-attention', 'attention-rollout'];
  const wanted = explainers.filter(({ family, method }) => families.includes(family) && !without.includes(method));
  expect(targeted.map(({ method }) => method)).toEqual(expect.arrayContaining(wanted.map(({ method }) => method)));
});

describe.each(tried.map((method) => ({ name: method.method, method })))('$name', ({ method }) => {
  it('of logits is what the method is of a model that gives logits', async () => {
    const [found, wanted] = [await explain(method, softmax, { target: 'logit' }), await explain(method, mislabelled, {})];
    expect(largest(wanted.maps)).toBeGreaterThan(0.01);
    // The same operations on the same numbers.
    expect(found.maps).toEqual(wanted.maps);
    expect(found.diagnostics).toEqual(wanted.diagnostics);
    const ofProbabilities = await explain(method, softmax, {});
    expect(largestDifference(ofProbabilities.maps.data, found.maps.data)).toBeGreaterThan(0.01 * largest(found.maps));
  });

  it.runIf(!notLinear.has(method.method)).each(['probability', 'logit', 'log-probability'])(
    'of two classes is the difference of their maps (%s)',
    async (target) => {
      const other = classes.map(() => 2);
      const [both, own, less] = [
        await explain(method, softmax, { target, contrast: 2 }),
        await explain(method, softmax, { target }),
        await explain(method, softmax, { target }, other),
      ];
      // Each a sum of some dozens of float32 products; a regression for Kernel SHAP.
      expect(largestDifference(both.maps.data, minus(own.maps, less.maps))).toBeLessThan(1e-5 * Math.max(1, largest(own.maps)));
      // Sample 2 is explained for class 2: nothing is left.
      expect(mapOf(both.maps, 2).every((value) => Math.abs(value) < 1e-6)).toBe(true);
    },
  );

  it.runIf(method.method !== 'shap-deep')('of log-probabilities of two classes is that of their logits', async () => {
    // log p_c − log p_c′ = z_c − z_c′; Deep SHAP's multipliers of max-pooling and ReLU are the same too, but in other sums.
    const [ofLogarithms, ofLogits] = [
      await explain(method, softmax, { target: 'log-probability', contrast: 1 }),
      await explain(method, softmax, { target: 'logit', contrast: 1 }),
    ];
    expect(largestDifference(ofLogarithms.maps.data, ofLogits.maps.data)).toBeLessThan(
      1e-5 * Math.max(1, largest(ofLogits.maps)),
    );
  });

  it('knows the second class of each sample, which is never its own', async () => {
    const { data } = await softmax.predict(inputs);
    const predicted = argmaxRows({ shape: [samples, CLASSES], data });
    const second = predicted.map((own, sample) => {
      const others = [...data.subarray(sample * CLASSES, (sample + 1) * CLASSES)].map((p, c) => (c === own ? -1 : p));
      return others.indexOf(Math.max(...others));
    });
    const found = await explain(method, softmax, { contrast: 'second' }, predicted);
    for (const [sample, contrast] of second.entries()) {
      const { maps } = await explain(method, softmax, { contrast }, predicted);
      expect(mapOf(found.maps, sample)).toEqual(mapOf(maps, sample));
    }
    // Of another class than the likeliest, it is the likeliest.
    const unlikely = await explain(method, softmax, { contrast: 'second' }, second);
    const { maps } = await explain(method, softmax, { contrast: predicted[0] }, second);
    expect(mapOf(unlikely.maps, 0)).toEqual(mapOf(maps, 0));
  });

  it('has the key that it had before, unless something is said', () => {
    const plannedParams = (params: object) =>
      method.plannedParams(method.params.parse({ ...settings[method.method], ...params }), softmax.model);
    expect(plannedParams({ target: 'probability' })).not.toHaveProperty('target');
    expect(plannedParams({})).not.toHaveProperty('contrast');
    expect(plannedParams({ target: 'logit', contrast: 'second' })).toMatchObject({ target: 'logit', contrast: 'second' });
  });

  it('is refused by name where the model has no such target or class', () => {
    const validate = (params: object, logits: boolean) => () => {
      const model = { ...softmax.model };
      method.validate(
        method.params.parse({ ...settings[method.method], ...params }),
        logits ? model : { ...model, logits: false },
      );
    };
    expect(validate({ target: 'logit' }, false)).toThrow(expect.objectContaining({ code: 'OPERATION_UNSUPPORTED' }));
    expect(validate({ contrast: 4 }, true)).toThrow('contrast 4 is not a class of the model, which has 4: 0 to 3.');
    expect(validate({ target: 'log-probability', contrast: 3 }, true)).not.toThrow();
  });
});

it('Grad-CAM of two classes weighs feature maps by the difference of both gradients', async () => {
  const layer = 'conv_1';
  const gradCam = targeted.find(({ method }) => method === 'grad-cam');
  if (gradCam === undefined) throw new TypeError('It is one of them.');
  const { maps } = await explain(gradCam, softmax, { layer, target: 'logit', contrast: 1 });
  const gradientOf = async (index: number) => {
    const explained = { inputs, classes: classes.map((own) => (index === -1 ? own : index)), target: 'logit' as const };
    const [found] = await softmax.gradient({ ...explained, wrt: [layer], reduce: 'positions' });
    if (found === undefined) throw new TypeError('One layer was asked for.');
    return found;
  };
  const [own, other] = [await gradientOf(-1), await gradientOf(1)];
  for (let sample = 0; sample < samples; sample++) {
    const [a, alpha, beta] = [own.activations, own.gradient, other.gradient].map(
      (tensor) => rowsOf(tensor, sample, sample + 1).data,
    );
    const low = Array.from({ length: 4 }, (_, t) =>
      Math.max(
        0,
        Array.from({ length: 5 }, (_k, k) => ((alpha?.[k] ?? NaN) - (beta?.[k] ?? NaN)) * (a?.[t * 5 + k] ?? NaN)).reduce(
          (x, y) => x + y,
        ),
      ),
    );
    // Factor 2, half-pixel centres: a quarter and three quarters between neighbours, the borders themselves.
    const wanted = Array.from({ length: 8 }, (_, t) => {
      const at = (t + 0.5) / 2 - 0.5;
      const [first, second] = [Math.max(0, Math.floor(at)), Math.min(3, Math.floor(at) + 1)];
      return (low[first] ?? NaN) * (1 - (at - Math.floor(at))) + (low[second] ?? NaN) * (at - Math.floor(at));
    });
    expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-6);
  }
});
