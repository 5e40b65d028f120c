import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../src/index.js';
import { outputsAbove, sumsOfFeatureMaps } from './mask-requests.js';
import { report1d } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';
import { samplesFor } from './models/samples.js';
import { closeEngines, engineFor, engineKinds } from './models/test-engines.js';

afterAll(closeEngines);

describe.each(engineKinds)('%s', (kind) => {
  const inputs = samplesFor(report1d, 2, 1);
  const classes = Int32Array.of(0, 1);

  it('says which shape the model takes', async () => {
    const engine = await engineFor(kind, report1d);
    const wrong = { shape: [2, 28, 28, 1], data: new Float32Array(2 * 28 * 28) };
    await expect(engine.predict(wrong)).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'Inputs of shape [2, 28, 28, 1] do not fit the model, which takes [n, 40, 1].',
    });
    await expect(engine.deepLift(wrong)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(engine.predict({ shape: [2, 40, 1], data: new Float32Array(3) })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
  });

  it('lists the layers when one is not there', async () => {
    const engine = await engineFor(kind, report1d);
    const expected = {
      code: 'LAYER_NOT_FOUND',
      message:
        'Layer "conv1d_9" is not in the model. Did you mean "conv1d_1"? Layers: conv1d, conv1d_1, conv1d_2, flatten, dense.',
    };
    await expect(engine.activations(inputs, ['conv1d_9'])).rejects.toMatchObject(expected);
    await expect(engine.gradient({ inputs, classes, wrt: ['conv1d', 'conv1d_9'] })).rejects.toMatchObject(expected);
  });

  it('refuses classes the model does not have', async () => {
    const engine = await engineFor(kind, report1d);
    await expect(engine.gradient({ inputs, classes: Int32Array.of(0, 10), wrt: 'input' })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: "Class 10 is not one of the model's 10 classes, 0 to 9.",
    });
    await expect(engine.gradient({ inputs, classes: Int32Array.of(0), wrt: 'input' })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
  });

  it('refuses a layer that cannot take the place of another', async () => {
    const engine = await engineFor(kind, report1d);
    const asked = { inputs, classes, wrt: ['conv1d_2'] };
    await expect(engine.gradient({ ...asked, bypass: { from: 'conv1d', to: 'dense' } })).rejects.toThrow(
      /^The output of layer "conv1d", \[.*\], cannot take the place of that of "dense", \[10\]\.$/,
    );
    await expect(engine.gradient({ ...asked, bypass: { from: 'conv1d_9', to: 'dense' } })).rejects.toMatchObject({
      code: 'LAYER_NOT_FOUND',
    });
  });

  it('refuses maps, baselines and rows that do not fit', async () => {
    const engine = await engineFor(kind, report1d);
    const rows = { sample: Int32Array.of(0), threshold: Float32Array.of(0) };
    const baseline = { shape: [40, 1], data: new Float32Array(40) };
    const short = { shape: [2, 39], data: new Float32Array(78) };
    await expect(outputsAbove(engine, { inputs, maps: short, rows, baseline })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(outputsAbove(engine, { inputs, maps: inputs, rows, baseline: short })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
    const beyond = { sample: Int32Array.of(2), threshold: Float32Array.of(0) };
    await expect(outputsAbove(engine, { inputs, maps: inputs, rows: beyond, baseline })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'A row names sample 2, but there are 2 samples.',
    });
    const [activations] = await engine.activations(inputs, ['conv1d_2']);
    if (activations === undefined) throw new Error('no activations');
    const unordered = { sample: Int32Array.of(1, 0), channel: Int32Array.of(0, 0) };
    await expect(sumsOfFeatureMaps(engine, { inputs, classes, activations, rows: unordered })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
  });

  it('needs at least one reference, and draws that exist', async () => {
    const engine = await engineFor(kind, report1d);
    await expect(engine.deepLift({ shape: [0, 40, 1], data: new Float32Array(0) })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
    const expected = await engine.expectedGradients(inputs);
    const draws = { draws: 1, references: Int32Array.of(0, 2), fractions: Float32Array.of(0, 0) };
    await expect(expected.attribute({ inputs, classes, ...draws })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'Reference 2 is not one of the 2 references.',
    });
    await expected.close();
  });

  it('answers no samples with none', async () => {
    const engine = await engineFor(kind, report1d);
    const none = { shape: [0, 40, 1], data: new Float32Array(0) };
    expect((await engine.predict(none)).shape).toEqual([0, 10]);
    const [gradient] = await engine.gradient({ inputs: none, classes: new Int32Array(0), wrt: 'input' });
    expect(gradient?.gradient.shape).toEqual([0, 40, 1]);
  });
});

describe('createEngine', () => {
  it('tells the tensorflow engine from models that are not of Keras', async () => {
    const { keras, ...model } = await readTestModel(report1d);
    expect(keras).toBeDefined();
    for (const isolate of [false, true]) {
      await expect(createEngine({ model: { ...model, format: 'onnx' }, name: 'tensorflow', isolate })).rejects.toMatchObject({
        code: 'OPERATION_UNSUPPORTED',
        message: expect.stringContaining('Use the engine onnxruntime') as unknown,
      });
    }
  });

  it.each([false, true])('stops when it is interrupted (isolate: %s)', async (isolate) => {
    const model = await readTestModel(report1d);
    const signal = AbortSignal.abort();
    await expect(createEngine({ model, name: 'onnxruntime', isolate, signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const later = new AbortController();
    const creating = createEngine({ model, name: 'onnxruntime', isolate, signal: later.signal });
    later.abort();
    await expect(creating).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
