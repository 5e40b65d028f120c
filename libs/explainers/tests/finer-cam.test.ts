import { createEngine, type Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convolution, dense, plain } from '../../engine/tests/models/keras-layers.js';
import { sequential } from '../../engine/tests/models/keras-models.js';
import { readTestModel } from '../../engine/tests/models/read-test-model.js';
import { explainer } from '../src/index.js';
import { explainOnce, largestDifference, mapOf, sampleInputs } from './sample-model.js';

const CLASSES = 5;
const inputShape = [8, 2];
const network = sequential(
  'five classes',
  inputShape,
  [],
  [
    convolution({ name: 'conv', from: 2, filters: 6, kernel: [3], padding: 'same', activation: 'tanh' }),
    plain('MaxPooling1D', 'pool', { pool_size: [2], strides: [2], padding: 'valid' }),
    convolution({ name: 'conv_1', from: 6, filters: 5, kernel: [3], padding: 'same', activation: 'relu' }),
    plain('Flatten', 'flatten'),
    dense('dense', 20, CLASSES, 'softmax'),
  ],
);
const samples = 4;
const inputs = sampleInputs(inputShape, samples);
const classes = Int32Array.of(0, 1, 2, 3);
const finerCam = explainer('finer-cam');

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ model: await readTestModel(network), name: 'onnxruntime', threads: 1 });
});
afterAll(() => engine.close());

const explain = async (method: string, params: object, explained = classes) =>
  (
    await explainOnce(
      explainer(method),
      { engine, params: { target: 'logit', relu: false, ...params } },
      { inputs, classes: explained },
    )
  ).maps;

/** HiResCAM is linear in the gradient: its map of a difference is the difference of its maps. */
const mapsOfClasses = () =>
  Promise.all(Array.from({ length: CLASSES }, (_, c) => explain('hires-cam', {}, new Int32Array(samples).fill(c))));

describe('Finer-CAM', () => {
  it.each(['logit', 'probability'])('subtracts the mean of the classes whose %s is nearest', async (target) => {
    const { data } = await engine.predict(inputs, target === 'logit' ? 'logit' : 'probability');
    const ofClasses = await Promise.all(
      Array.from({ length: CLASSES }, (_, c) => explain('hires-cam', { target }, new Int32Array(samples).fill(c))),
    );
    const found = await explain('finer-cam', { base: 'hires-cam', references: 2, strength: 0.7, target });
    for (const [sample, own] of classes.entries()) {
      const z = [...data.subarray(sample * CLASSES, (sample + 1) * CLASSES)];
      const near = [0, 1, 2, 3, 4]
        .filter((c) => c !== own)
        .map((c) => ({ c, distance: Math.abs((z[c] ?? NaN) - (z[own] ?? NaN)) }))
        .sort((a, b) => a.distance - b.distance)
        .slice(0, 2)
        .map(({ c }) => mapOf(ofClasses[c] ?? found, sample));
      const wanted = mapOf(ofClasses[own] ?? found, sample).map(
        (value, at) => value - (0.7 * ((near[0]?.[at] ?? NaN) + (near[1]?.[at] ?? NaN))) / 2,
      );
      // Three maps of float32.
      expect(largestDifference(mapOf(found, sample), wanted)).toBeLessThan(1e-6);
    }
  });

  it('takes the classes that are named, but not the explained one', async () => {
    const ofClasses = await mapsOfClasses();
    const found = await explain('finer-cam', { base: 'hires-cam', references: [4, 2], strength: 1 });
    for (const [sample, own] of classes.entries()) {
      const others = [4, 2].filter((c) => c !== own).map((c) => mapOf(ofClasses[c] ?? found, sample));
      const wanted = mapOf(ofClasses[own] ?? found, sample).map(
        (value, at) => value - others.reduce((sum, map) => sum + (map[at] ?? NaN), 0) / others.length,
      );
      expect(largestDifference(mapOf(found, sample), wanted)).toBeLessThan(1e-6);
    }
    // Where nothing is left to compare with, the class is explained alone.
    expect(mapOf(await explain('finer-cam', { base: 'hires-cam', references: [2] }), 2)).toEqual(mapOf(ofClasses[2] ?? found, 2));
  });

  it('comparison: weighted is the gradient of the weighted difference, by finite differences of its weights', async () => {
    const { data } = await engine.predict(inputs, 'logit');
    const ofClasses = await mapsOfClasses();
    const found = await explain('finer-cam', { base: 'hires-cam', references: 3, strength: 0.8, comparison: 'weighted' });
    for (const [sample, own] of classes.entries()) {
      const z = Array.from(data.subarray(sample * CLASSES, (sample + 1) * CLASSES));
      const near = [0, 1, 2, 3, 4]
        .filter((c) => c !== own)
        .sort((a, b) => Math.abs((z[a] ?? NaN) - (z[own] ?? NaN)) - Math.abs((z[b] ?? NaN) - (z[own] ?? NaN)))
        .slice(0, 3);
      const difference = (values: readonly number[]) => {
        const total = near.reduce((sum, c) => sum + Math.exp(values[c] ?? NaN), 0);
        return near.reduce(
          (sum, c) => sum + (Math.exp(values[c] ?? NaN) / total) * ((values[own] ?? NaN) - 0.8 * (values[c] ?? NaN)),
          0,
        );
      };
      const slope = (c: number) => {
        const moved = (by: number) => difference(z.map((value, at) => (at === c ? value + by : value)));
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      };
      const slopes = z.map((_, c) => slope(c));
      const wanted = mapOf(found, sample).map((_, at) =>
        slopes.reduce((sum, factor, c) => sum + factor * (ofClasses[c]?.data[sample * 8 + at] ?? NaN), 0),
      );
      // Central differences of step 1e-5 in float64; maps in float32.
      expect(largestDifference(mapOf(found, sample), wanted)).toBeLessThan(2e-6);
    }
  });

  it.each(['grad-cam', 'grad-cam-plus-plus', 'layer-cam', 'hires-cam', 'xgrad-cam', 'eigen-grad-cam'])(
    'is %s where nothing is subtracted',
    async (base) => {
      const [found, wanted] = [await explain('finer-cam', { base, strength: 0 }), await explain(base, {})];
      // Grad-CAM's mean gradients are rounded to float32 by the engine, and not here.
      expect(largestDifference(found.data, wanted.data)).toBeLessThan(1e-6);
    },
  );

  it('of all other classes takes as many as there are', async () => {
    expect(await explain('finer-cam', { references: 50 })).toEqual(await explain('finer-cam', { references: CLASSES - 1 }));
  });

  it('refuses weights without a softmax, and classes that are not there', () => {
    const refused = finerCam.params.safeParse({ comparison: 'weighted' });
    expect(refused.error?.issues[0]?.message).toBe(
      'weighted needs target: logit or log-probability, whose softmax gives the weights.',
    );
    expect(finerCam.params.safeParse({ comparison: 'weighted', target: 'logit' }).success).toBe(true);
    expect(() => {
      finerCam.validate(finerCam.params.parse({ references: [1, 5] }), engine.model);
    }).toThrow('finer-cam: reference 5 is not a class of the model, which has 5: 0 to 4.');
  });
});
