import { afterAll, describe, expect, it } from 'vitest';
import { createOnnxRuntimeEngine } from '../src/onnxruntime/create-onnxruntime-engine.js';
import { optimizationLevels, type OptimizationLevel } from '../src/onnxruntime/sessions.js';
import type { Engine } from '../src/index.js';
import { relativeError } from './comparison.js';
import { outputsAbove } from './mask-requests.js';
import { strided } from './models/keras-models.js';
import { onnxModels, readOnnxModel } from './models/onnx-models.js';
import { readTestModel } from './models/read-test-model.js';
import { roundRobin, samplesFor } from './models/samples.js';

const open: Engine[] = [];
afterAll(() => Promise.all(open.splice(0).map((engine) => engine.close())));

const models = [
  ...onnxModels.map((model) => ({ name: model.name, read: () => readOnnxModel(model) })),
  { name: strided.name, read: () => readTestModel(strided) },
];

describe('a model with zeros before a max-pooling', () => {
  it('is another than what earlier versions made of it where its values may be negative', async () => {
    const corrections = await Promise.all(onnxModels.map(async (model) => (await readOnnxModel(model)).corrections));
    expect(corrections).toEqual(
      onnxModels.map(({ name }) => (name.includes('max-pooling of negative values') ? ['maxima'] : [])),
    );
  });
});

/** Everything an engine can be asked for, by name. */
async function everything(engine: Engine): Promise<Record<string, ArrayLike<number>>> {
  const { model } = engine;
  const samples = 3;
  const inputs = samplesFor(model, samples, 1);
  const classes = roundRobin(samples, model.classes);
  const [layer = ''] = model.saliencyLayers;
  const [ofInput] = await engine.gradient({ inputs, classes, wrt: 'input' });
  const ofLayers = layer === '' ? [] : await engine.gradient({ inputs, classes, wrt: [layer] });
  const references = samplesFor(model, 4, 2);
  const deepLift = await engine.deepLift(references);
  const { attributions } = await deepLift.attribute({ inputs, classes });
  const expectedGradients = await engine.expectedGradients(references);
  const drawn = await expectedGradients.attribute({
    ...{ inputs, classes, draws: 2 },
    references: Int32Array.from([0, 1, 2, 3, 0, 1]),
    fractions: Float32Array.from([0.1, 0.8, 0.3, 0.5, 0.9, 0.2]),
  });
  const maps = {
    shape: inputs.shape.slice(0, -1),
    data: samplesFor({ inputShape: model.inputShape.slice(0, -1) }, samples, 3).data,
  };
  const rows = { sample: Int32Array.of(0, 1, 2), threshold: Float32Array.of(-0.5, 0, 0.5) };
  return {
    predictions: (await engine.predict(inputs)).data,
    inputGradient: ofInput?.gradient.data ?? [],
    layerGradient: ofLayers[0]?.gradient.data ?? [1],
    deepLift: attributions.data,
    expectedGradients: drawn.attributions.data,
    masked: (await outputsAbove(engine, { inputs, maps, rows, baseline: { blur: 1 } })).data,
  };
}

async function at(level: OptimizationLevel, read: (typeof models)[number]['read']) {
  const engine = await createOnnxRuntimeEngine({ model: await read(), threads: 1, optimization: level });
  open.push(engine);
  return everything(engine);
}

describe.each(models)('$name', ({ read }) => {
  it('gives the same numbers however far ONNX Runtime rewrites its graphs', async () => {
    const plain = await at('disabled', read);
    for (const level of optimizationLevels) {
      const found = await at(level, read);
      for (const [what, expected] of Object.entries(plain)) {
        // Fused operators add in another order: float32 through a few layers, and quotients of small differences in DeepLIFT.
        expect(relativeError(found[what] ?? [], expected), `${what}, ${level}`).toBeLessThan(what === 'deepLift' ? 1e-4 : 2e-5);
      }
    }
  });
});
