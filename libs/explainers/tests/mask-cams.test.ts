import { sampleRandom, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { randomStreams } from '../src/random-streams.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const inputShape = [4, 3, 3];
const PLACES = 12;
const model = sampleModel(inputShape);
const engine = closedFormEngine(model);
const inputs = sampleInputs(inputShape, 2);
const classes = Int32Array.of(0, 2);
const sampleIndices = Int32Array.of(5, 0);
const channels = [0, 1, 2, 3];

const explain = async (
  method: string,
  params: object,
  of: { inputs: Tensor; sampleIndices: Int32Array<ArrayBuffer>; classes: Int32Array<ArrayBuffer> } = {
    inputs,
    classes,
    sampleIndices,
  },
) => (await explainOnce(explainer(method), { engine, seed: 3, params: { relu: false, ...params } }, of)).maps;

/** The weighted sum of the feature maps of a sample, weighted by the mean gain over what `masks` makes of a scaled feature map. */
async function byHand(
  sample: number,
  masks: (scaled: readonly number[], k: number) => readonly (readonly number[])[],
  weighting: (gains: readonly number[]) => readonly number[] = (gains) => gains,
) {
  const x = mapOf(inputs, sample);
  const output = async (values: readonly number[]) =>
    (await engine.predict({ shape: [1, ...inputShape], data: Float32Array.from(values) })).data[classes[sample] ?? -1] ?? NaN;
  const empty = await output(x.map(() => 0));
  const features = channels.map((k) =>
    Array.from({ length: PLACES }, (_, t) => add([0, 1, 2].map((i) => (x[3 * t + i] ?? NaN) * (model.mix[i]?.[k] ?? NaN)))),
  );
  const gains: number[] = [];
  for (const [k, map] of features.entries()) {
    const [low, high] = [Math.min(...map), Math.max(...map)];
    const own = masks(
      map.map((value) => (value - low) / (high - low + 1e-6)),
      k,
    );
    const outputs = await Promise.all(own.map((mask) => output(x.map((value, i) => value * (mask[Math.floor(i / 3)] ?? NaN)))));
    gains.push(add(outputs) / outputs.length - empty);
  }
  const weights = weighting(gains);
  return Array.from({ length: PLACES }, (_, t) => add(features.map((map, k) => (weights[k] ?? NaN) * (map[t] ?? NaN))));
}

async function expectByHand(
  maps: Tensor,
  ...[masks, weighting]: [(sample: number) => Parameters<typeof byHand>[1], Parameters<typeof byHand>[2]?]
) {
  for (const sample of [0, 1]) {
    const wanted = await byHand(sample, masks(sample), weighting);
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.01);
    // float32 masks, outputs and activations of size about 1.
    expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-6);
  }
}

const softmax = (gains: readonly number[]) => {
  const total = add(gains.map(Math.exp));
  return gains.map((gain) => Math.exp(gain) / total);
};

describe('IS-CAM', () => {
  it('averages the gain over masks that grow to the whole feature map', async () => {
    await expectByHand(
      await explain('is-cam', { steps: 4 }),
      () => (scaled) => [0.25, 0.5, 0.75, 1].map((share) => scaled.map((value) => share * value)),
    );
  });

  it('path: cumulative adds the steps up, as torchcam', async () => {
    await expectByHand(
      await explain('is-cam', { steps: 4, path: 'cumulative' }),
      () => (scaled) => [0.25, 0.75, 1.5, 2.5].map((share) => scaled.map((value) => share * value)),
    );
  });

  it('is Score-CAM with one step', async () => {
    expect(await explain('is-cam', { steps: 1 })).toEqual(await explain('score-cam', {}));
  });
});

describe('SS-CAM', () => {
  const DRAWS = 3;
  /** The draws of a feature map one after the other, each of Box and Muller's pairs. */
  const noisy = (deviation: number) => (sample: number) => {
    const random = sampleRandom(3, sampleIndices[sample] ?? NaN, randomStreams.ssCam);
    return (scaled: readonly number[]) =>
      Array.from({ length: DRAWS }, () => {
        const noise: number[] = [];
        while (noise.length < scaled.length) {
          const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
          const angle = 2 * Math.PI * random.uniform();
          noise.push(radius * Math.cos(angle), radius * Math.sin(angle));
        }
        return scaled.map((value, at) => value + deviation * (noise[at] ?? NaN));
      });
  };

  it('averages the gain over masks with noise', async () => {
    await expectByHand(await explain('ss-cam', { draws: DRAWS, noise: 0.7 }), noisy(0.7));
  });

  it('is Score-CAM without noise', async () => {
    const [found, wanted] = [await explain('ss-cam', { draws: 2, noise: 0 }), await explain('score-cam', {})];
    // Masks resized and scaled in float64 and rounded, in place of float32.
    expect(largestDifference(found.data, wanted.data)).toBeLessThan(1e-6);
  });

  it('draws the noise of a sample from the seed and its index alone', async () => {
    const both = await explain('ss-cam', { draws: DRAWS });
    const second = {
      inputs: { shape: [1, ...inputShape], data: inputs.data.slice(36) },
      classes: classes.slice(1),
      sampleIndices: sampleIndices.slice(1),
    };
    expect(mapOf(await explain('ss-cam', { draws: DRAWS }, second), 0)).toEqual(mapOf(both, 1));
    const elsewhere = await explain('ss-cam', { draws: DRAWS }, { ...second, sampleIndices: Int32Array.of(1) });
    expect(mapOf(elsewhere, 0)).not.toEqual(mapOf(both, 1));
  });

  it('weights: softmax turns gains into shares, of its kin too', async () => {
    await expectByHand(await explain('ss-cam', { draws: DRAWS, noise: 0.7, weights: 'softmax' }), noisy(0.7), softmax);
    await expectByHand(await explain('score-cam', { weights: 'softmax' }), () => (scaled) => [scaled], softmax);
  });
});

it('the way of weighting is a part of the key only where it is another', () => {
  const planned = (method: string, params: object) =>
    explainer(method).plannedParams(explainer(method).params.parse(params), engine.model);
  expect(planned('score-cam', {})).toEqual({ layer: 'features' });
  expect(planned('score-cam', { weights: 'softmax' })).toEqual({ layer: 'features', weights: 'softmax' });
  expect(planned('ss-cam', {})).toEqual({ layer: 'features', draws: 10, noise: 2 });
  expect(planned('is-cam', {})).toEqual({ layer: 'features', steps: 10, path: 'linear' });
});
