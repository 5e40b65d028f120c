import { uniformTensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { featureAblation } from '../src/feature-ablation.js';
import { featuresOf, groupingOf } from '../src/features.js';
import { closedFormEngine } from './closed-form-engine.js';
import { itGivesMapsOfLibrary } from './parity-networks.js';
import { explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('feature ablation', () => {
  it.each([
    { inputShape: [8, 2], params: { cell: [3] }, grouping: { cell: [3] } },
    { inputShape: [8, 2], params: {}, grouping: { cell: [1] } },
    {
      inputShape: [9, 10, 3],
      params: { superpixels: { by: 'slic', segments: 6, compactness: 100 }, baseline: 0.5 },
      grouping: { superpixels: { by: 'slic' as const, segments: 6, compactness: 100 } },
    },
    {
      inputShape: [9, 10, 1],
      params: { superpixels: { by: 'felzenszwalb', minSize: 9 } },
      grouping: { superpixels: { by: 'felzenszwalb' as const, scale: 1, sigma: 0.8, minSize: 9 } },
    },
    {
      inputShape: [9, 2],
      params: { superpixels: { by: 'slic', segments: 4 } },
      grouping: { superpixels: { by: 'slic' as const, segments: 4, compactness: 100 } },
    },
    { inputShape: [5], params: { baseline: 'minimum' }, grouping: { cell: [1] } },
  ])('of $inputShape with $params is the loss without each feature, by brute force', async (given) => {
    const { inputShape, params, grouping } = given;
    const engine = closedFormEngine(sampleModel(inputShape));
    const inputs = sampleInputs(inputShape, 2);
    const classes = Int32Array.of(0, 2);
    const { maps } = await explainOnce(featureAblation, { engine, params }, { inputs, classes });
    const features = featuresOf(grouping, inputs);
    const channels = inputShape.length === 1 ? 1 : (inputShape.at(-1) ?? 1);
    for (const [sample, c] of classes.entries()) {
      const x = mapOf(inputs, sample);
      const hidden = 'baseline' in params ? (params.baseline === 'minimum' ? Math.min(...x) : Number(params.baseline)) : 0;
      const output = async (values: readonly number[]) =>
        (await engine.predict({ shape: [1, ...inputShape], data: Float32Array.from(values) })).data[c] ?? NaN;
      const whole = await output(x);
      const { count = 0, ofPosition = new Int32Array() } = features[sample] ?? {};
      expect(count).toBeGreaterThan(1);
      const losses = await Promise.all(
        range(count).map(
          async (feature) =>
            whole - (await output(x.map((value, i) => (ofPosition[Math.floor(i / channels)] === feature ? hidden : value)))),
        ),
      );
      // One rounding to float32 of numbers below 1.
      const wanted = Array.from(ofPosition, (feature) => losses[feature] ?? NaN);
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(1e-7);
    }
  });

  it('refuses features that do not fit', () => {
    const validate =
      (params: unknown, inputShape: readonly number[] = [8, 2]) =>
      () => {
        featureAblation.validate(featureAblation.params.parse(params), closedFormEngine(sampleModel(inputShape)).model);
      };
    const slic = { superpixels: { by: 'slic' } };
    const felzenszwalb = { superpixels: { by: 'felzenszwalb' } };
    expect(validate({ cell: [2, 2] })).toThrow('a cell of [2, 2] does not fit positions of [8]');
    expect(validate({ cell: [2], ...slic })).toThrow('features are cells or superpixels. Leave "cell" or "superpixels" out.');
    expect(validate(slic, [8])).toThrow('a table has no superpixels');
    expect(validate(felzenszwalb)).toThrow('superpixels by felzenszwalb are of images');
    expect(validate({ superpixels: { by: 'quickshift' } }, [4, 6, 6, 1])).toThrow('superpixels by quickshift are of images');
    expect(validate(felzenszwalb, [6, 6, 1])).not.toThrow();
    expect(validate({ baseline: { boxBlur: 3 } }, [8])).toThrow('the baseline blur is made over the positions of a sample');
    expect(validate({ baseline: 'mean' }, [8])).toThrow('the features of a table are none. Choose background-mean or a number.');
  });

  it('says how often it runs the model at most where superpixels differ', () => {
    const { model } = closedFormEngine(sampleModel([12, 12, 1]));
    const passes = (params: unknown) => featureAblation.passes(featureAblation.params.parse(params), model, 0);
    expect(passes({ cell: [4, 6] })).toEqual({ forward: 7, gradient: 0 });
    expect(passes({ superpixels: { by: 'felzenszwalb', minSize: 12 } })).toEqual({ forward: 13, gradient: 0, atMost: true });
    expect(passes({ superpixels: { by: 'quickshift', kernelSize: 1 } })).toEqual({ forward: 10, gradient: 0, atMost: true });
  });
});

describe('feature ablation of Captum', () => {
  // Captum's network is in float64, ours in float32: the rounding of probabilities through several layers.
  itGivesMapsOfLibrary('captum/feature_ablation.json', featureAblation, 1e-6);
});

it('the superpixels of an image with noise are many, not one', () => {
  const inputs = uniformTensor([1, 32, 32, 3]);
  const parsed = featureAblation.params.parse({ superpixels: { by: 'slic', segments: 20 } });
  const [features] = featuresOf(groupingOf(parsed, { cell: [1, 1] }), inputs);
  expect(features?.count).toBeGreaterThan(10);
});
