import { softmaxRules } from '@xaigrid/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { absoluteError, relativeError } from './comparison.js';
import { type KerasModel, kerasModels } from './models/keras-models.js';
import { roundRobin, samplesFor } from './models/samples.js';
import { closeEngines, engineFor } from './models/test-engines.js';

afterAll(closeEngines);

async function both(model: KerasModel) {
  return { onnxruntime: await engineFor('onnxruntime', model), tensorflow: await engineFor('tensorflow', model) };
}

describe.each(kerasModels)('the engines on $name', (model) => {
  // More than one batch of either engine, the last one not full.
  const inputs = samplesFor(model, 150, 1);

  it('predict the same probabilities within 2e-6', async () => {
    const { onnxruntime, tensorflow } = await both(model);
    const [a, b] = [await onnxruntime.predict(inputs), await tensorflow.predict(inputs)];
    expect(a.shape).toEqual([150, onnxruntime.model.classes]);
    expect(absoluteError(a.data, b.data)).toBeLessThan(2e-6);
  });

  it('give the same activations', async () => {
    const { onnxruntime, tensorflow } = await both(model);
    const [found, expected] = [
      await onnxruntime.activations(inputs, model.probes),
      await tensorflow.activations(inputs, model.probes),
    ];
    for (const [i, { shape, data }] of found.entries()) {
      expect(shape).toEqual(expected[i]?.shape);
      // Sums of up to 150 float32 products: some dozens of units in the last place.
      expect(relativeError(data, expected[i]?.data ?? [])).toBeLessThan(1e-5);
    }
  });

  it.each(['none', 'positions'] as const)('give the same gradients within 1e-4 (reduce: %s)', async (reduce) => {
    const { onnxruntime, tensorflow } = await both(model);
    for (const wrt of ['input', model.probes] as const) {
      const request = { inputs, classes: roundRobin(150, onnxruntime.model.classes), wrt, reduce };
      const [found, expected] = [await onnxruntime.gradient(request), await tensorflow.gradient(request)];
      expect(found.map(({ of }) => of)).toEqual(wrt === 'input' ? ['input'] : model.probes);
      for (const [i, { gradient, activations }] of found.entries()) {
        expect(gradient.shape).toEqual(expected[i]?.gradient.shape);
        expect(relativeError(gradient.data, expected[i]?.gradient.data ?? [])).toBeLessThan(1e-4);
        expect(relativeError(activations.data, expected[i]?.activations.data ?? [])).toBeLessThan(1e-5);
      }
    }
  });

  it.each(softmaxRules)('attribute alike by DeepLIFT (%s)', async (softmaxRule) => {
    const { onnxruntime, tensorflow } = await both(model);
    const references = samplesFor(model, 40, 2);
    const request = { inputs: samplesFor(model, 6, 3), classes: roundRobin(6, onnxruntime.model.classes) };
    const [a, b] = [
      await onnxruntime.deepLift(references, { softmaxRule }),
      await tensorflow.deepLift(references, { softmaxRule }),
    ];
    const [found, expected] = [await a.attribute(request), await b.attribute(request)];
    // Outputs are float64 functions of logits that differ like probabilities do.
    expect(absoluteError(found.outputs, expected.outputs)).toBeLessThan(2e-6);
    expect(absoluteError(found.expected, expected.expected)).toBeLessThan(2e-6);
    // A quotient of two small differences magnifies the last bits of activations: a few values differ by 1e-3 of the
    // largest, the bulk by 1e-5.
    expect(relativeError(found.attributions.data, expected.attributions.data)).toBeLessThan(5e-3);
    const scale = Math.max(...expected.attributions.data.map(Math.abs));
    const errors = Array.from(
      found.attributions.data,
      (value, i) => Math.abs(value - (expected.attributions.data[i] ?? 0)) / scale,
    );
    expect(errors.sort((x, y) => x - y)[Math.floor(errors.length / 2)]).toBeLessThan(2e-5);
    await a.close();
    await b.close();
  });
});
