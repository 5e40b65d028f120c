import { afterEach, describe, expect, it } from 'vitest';
import { createEngine, type Engine, type EngineOptions } from '../src/index.js';
import { predictInPieces } from '../src/thread/predict-in-pieces.js';
import { sharedTensor, shareReferences } from '../src/shared-references.js';
import { report1d, strided } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';
import { roundRobin, samplesFor } from './models/samples.js';

const open: Engine[] = [];

async function engine(options: Partial<EngineOptions> = {}): Promise<Engine> {
  const made = await createEngine({ model: await readTestModel(strided), name: 'onnxruntime', threads: 1, ...options });
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()));
});

describe('an isolated engine', () => {
  it('gives the same bits as one in this thread, and as one with two threads', async () => {
    const engines = [await engine(), await engine({ isolate: true }), await engine({ threads: 2 })];
    const inputs = samplesFor(strided, 150, 1);
    const classes = roundRobin(150, 4);
    const results = await Promise.all(
      engines.map(async (made) => {
        const deepLift = await made.deepLift(samplesFor(strided, 10, 2));
        const few = { inputs: samplesFor(strided, 3, 3), classes: classes.slice(0, 3) };
        return {
          predictions: await made.predict(inputs),
          gradients: await made.gradient({ inputs, classes, wrt: strided.probes, reduce: 'positions' }),
          attribution: await deepLift.attribute(few),
          asShap: await (await made.deepLift(samplesFor(strided, 10, 2), { softmaxRule: 'shap' })).attribute(few),
        };
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[1]?.asShap).not.toEqual(results[1]?.attribution);
    expect(results[2]).toEqual(results[0]);
  });

  it('describes its model like any engine', async () => {
    const [inside, outside] = [await engine(), await engine({ isolate: true })];
    expect(outside.model).toEqual(inside.model);
    expect([outside.name, outside.version, outside.batchSize]).toEqual([inside.name, inside.version, inside.batchSize]);
  });

  it('leaves this thread free while it computes', async () => {
    const made = await engine({ isolate: true, model: await readTestModel(report1d) });
    const inputs = samplesFor(report1d, 20_000, 1);
    const state = { done: false };
    let turns = 0;
    const predicting = made.predict(inputs).then(() => (state.done = true));
    while (!state.done) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await predicting;
    // In the same thread, each batch of 128 would be one turn.
    expect(turns).toBeGreaterThan(20_000 / 128);
  });

  it('leaves the buffers of its caller alone, and does not send what is around a view', async () => {
    const made = await engine({ isolate: true });
    const data = samplesFor(strided, 8, 1).data;
    const size = data.length / 8;
    const view = { shape: [2, ...strided.inputShape], data: data.subarray(3 * size, 5 * size) };
    const references = { shape: [2, ...strided.inputShape], data: data.subarray(0, 2 * size) };
    const alone = await made.predict({ ...view, data: view.data.slice() });
    const deepLift = await made.deepLift(references);
    await deepLift.attribute({ inputs: view, classes: Int32Array.of(0, 1) });
    expect(await made.predict(view)).toEqual(alone);
    expect(data.length).toBe(8 * size);
  });

  it('reads references from memory that engines share, and frees it with the last of them', async () => {
    const references = samplesFor(strided, 6, 2);
    const inputs = samplesFor(strided, 2, 3);
    const classes = Int32Array.of(0, 1);
    const draws = { draws: 2, references: Int32Array.of(0, 5, 3, 1), fractions: Float32Array.of(0.2, 0.5, 0.7, 0.9) };
    const alone = await engine();
    const expected = {
      gradients: await (await alone.expectedGradients(references)).attribute({ inputs, classes, ...draws }),
      deepLift: await (await alone.deepLift(references)).attribute({ inputs, classes }),
    };
    const [first, second] = [await engine({ isolate: true }), await engine({ isolate: true })];
    const gradients = await first.expectedGradients(references);
    const deepLift = await second.deepLift({ ...references, data: references.data.slice() });
    await gradients.close();
    // The first engine gave them up; the second still reads them.
    expect(await deepLift.attribute({ inputs, classes })).toEqual(expected.deepLift);
    const again = await first.expectedGradients(references);
    expect(await again.attribute({ inputs, classes, ...draws })).toEqual(expected.gradients);
    const held = shareReferences(references);
    const same = shareReferences(samplesFor(strided, 6, 2));
    expect(same.tensor.data.buffer).toBe(held.tensor.data.buffer);
    for (const shared of [held, same, same]) shared.release();
    // What is in shared memory already is read where it is.
    const inPlace = sharedTensor(references.shape);
    inPlace.data.set(references.data);
    expect(shareReferences(inPlace).tensor).toBe(inPlace);
    const onShared = await second.expectedGradients(inPlace);
    expect(await onShared.attribute({ inputs, classes, ...draws })).toEqual(expected.gradients);
    expect(await second.predict(inPlace)).toEqual(await alone.predict(references));
    await Promise.all([first.close(), second.close()]);
    const anew = shareReferences(references);
    expect(anew.tensor.data.buffer).not.toBe(held.tensor.data.buffer);
    anew.release();
  });

  it('predicts in pieces what is too large to be copied at once', async () => {
    const asked: number[] = [];
    const inputs = { shape: [70, 512, 512, 1], data: new Float32Array(70 * 512 * 512) };
    for (let row = 0; row < 70; row++) inputs.data[row * 512 * 512] = row;
    const description = {
      batchSize: 4,
      model: { inputShape: [512, 512, 1], classes: 1, layers: [], saliencyLayers: [], weightSteps: [] },
    };
    const { data } = await predictInPieces(inputs, description, ({ shape: [rows = 0], data: piece }) => {
      asked.push(rows);
      return Promise.resolve({
        shape: [rows, 1],
        data: Float32Array.from({ length: rows }, (_, row) => piece[row * 512 * 512] ?? NaN),
      });
    });
    // 32 of 1 MiB each, in whole batches.
    expect(asked).toEqual([32, 32, 6]);
    expect([...data]).toEqual(Array.from({ length: 70 }, (_, row) => row));
  });

  it('fails calls after close, and closes twice without harm', async () => {
    const made = await engine({ isolate: true });
    const deepLift = await made.deepLift(samplesFor(strided, 2, 2));
    const underWay = made.predict(samplesFor(strided, 4, 1));
    await made.close();
    await made.close();
    expect((await underWay).shape).toEqual([4, 4]);
    await expect(made.predict(samplesFor(strided, 1, 1))).rejects.toMatchObject({
      code: 'ENGINE_ENDED',
      message: 'The engine is closed.',
    });
    await expect(deepLift.attribute({ inputs: samplesFor(strided, 1, 1), classes: Int32Array.of(0) })).rejects.toMatchObject({
      code: 'ENGINE_ENDED',
    });
  });

  it('refuses a handle that was closed', async () => {
    const made = await engine({ isolate: true });
    const expected = await made.expectedGradients(samplesFor(strided, 2, 2));
    await expected.close();
    const request = {
      inputs: samplesFor(strided, 1, 1),
      classes: Int32Array.of(0),
      draws: 1,
      references: Int32Array.of(0),
      fractions: Float32Array.of(0),
    };
    await expect(expected.attribute(request)).rejects.toMatchObject({ code: 'ENGINE_ENDED' });
  });
});
