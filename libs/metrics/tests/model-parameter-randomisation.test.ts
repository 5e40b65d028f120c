import type { ModelVariant } from '@xaigrid/engine';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { describeMeasure, metric, type ScoreRequest } from '../src/index.js';
import { GOLDEN_MODEL, quantusGolden, requestOfMaps, tensorOfMaps } from './randomisation-goldens.js';

const scorer = metric('model-parameter-randomisation');
const model: ScoreRequest['engine']['model'] = {
  ...{ inputShape: [4], classes: 2, layers: [], saliencyLayers: [] },
  weightSteps: [['conv', 'norm'], ['conv2'], ['head', 'bias']],
};
const own = tensorOf(Float32Array.of(1, -2, 3, -4, 4, 3, 2, 1), [2, 4]);

/** @param again the maps of the shuffled model */
function requestOf(settings: ScoreRequest['settings'], again: Tensor, asked: ModelVariant[] = []): ScoreRequest {
  const refuse = () => Promise.reject(new TypeError('Only the shuffled model is asked.'));
  return {
    engine: { model } as unknown as ScoreRequest['engine'],
    ...{ inputs: own, maps: own, predictions: tensorOf(new Float32Array(4), [2, 2]), settings },
    ...{ seed: 9, classes: Int32Array.of(0, 1), sampleIndices: Int32Array.of(5, 6) },
    redrawing: {
      ...{ explainedClasses: Int32Array.of(1, 0), draw: refuse },
      onVariant: (variant, work) => {
        asked.push(variant);
        return work(({ classes, sampleIndices }) => {
          expect([...classes, ...sampleIndices]).toEqual([1, 0, 5, 6]);
          return Promise.resolve(again);
        });
      },
    },
  };
}

const settingsFor = (params: object) => scorer.settings(scorer.params.parse(params), model);

describe('model parameter randomisation', () => {
  it('is 1 of a map that does not depend on the weights', async () => {
    const { measures } = await scorer.score(requestOf(settingsFor({}), own));
    expect([...(measures.randomisedSimilarity ?? [])]).toEqual([1, 1]);
    expect([...(measures.constantMaps ?? [])]).toEqual([0, 0]);
  });

  it('compares magnitudes, and values with their signs, of maps that are drawn once for both', async () => {
    const again = tensorOf(Float32Array.of(-1, 2, -3, 4, 1, 2, 3, 4), [2, 4]);
    const asked: ModelVariant[] = [];
    const settings = settingsFor({ values: ['absolute', 'signed'] });
    const { measures } = await scorer.score(requestOf(settings, again, asked));
    expect([...(measures.randomisedSimilarity ?? [])]).toEqual([1, -1, -1, -1]);
    expect([asked.length, scorer.drawsAgain?.(settings)]).toEqual([1, 1]);
  });

  it('says where a map is the same everywhere', async () => {
    const again = tensorOf(Float32Array.of(0, 0, 0, 0, 4, 3, 2, 1), [2, 4]);
    const { measures } = await scorer.score(requestOf(settingsFor({}), again));
    expect([...(measures.randomisedSimilarity ?? [])]).toEqual([0, 1]);
    expect([...(measures.constantMaps ?? [])]).toEqual([1, 0]);
  });

  it.each([
    [{}, [['conv', 'norm', 'conv2', 'head', 'bias']]],
    [
      { layers: 'each' },
      [
        ['head', 'bias'],
        ['conv2', 'head', 'bias'],
        ['conv', 'norm', 'conv2', 'head', 'bias'],
      ],
    ],
    [
      { layers: [1, 2], order: 'bottom-up' },
      [
        ['conv', 'norm'],
        ['conv', 'norm', 'conv2'],
      ],
    ],
    [{ layers: 'each', order: 'independent' }, [['head', 'bias'], ['conv2'], ['conv', 'norm']]],
  ])('randomises the layers that %j asks for', async (params, layers) => {
    const asked: ModelVariant[] = [];
    const settings = settingsFor(params);
    await scorer.score(requestOf(settings, own, asked));
    expect(asked).toEqual(layers.map((names) => ({ layers: names, seed: 9, by: 'shuffle' })));
    expect(scorer.drawsAgain?.(settings)).toBe(layers.length);
  });

  it('draws weights anew where that is asked for', async () => {
    const asked: ModelVariant[] = [];
    await scorer.score(requestOf(settingsFor({ layers: 1, by: ['redraw', 'shuffle'] }), own, asked));
    expect(asked).toEqual(['redraw', 'shuffle'].map((by) => ({ layers: ['head', 'bias'], seed: 9, by })));
  });

  it.each(['spearman', 'ssim'] as const)(
    'is the mean of Quantus over the unchanged model and every step: %s',
    async (similarity) => {
      const { layers, mean, drawn } = quantusGolden[similarity];
      const settings = scorer.settings(scorer.params.parse({ definition: 'quantus', similarity }), GOLDEN_MODEL);
      const turns = layers[0]?.map((_, layer) => tensorOfMaps(drawn.map((maps) => maps[layer] ?? [])));
      const { request, variants } = requestOfMaps(tensorOfMaps(quantusGolden.own), turns ?? [], { settings });
      const { measures } = await scorer.score(request);
      // Float64 from the same float32 maps; Quantus divides them by their largest value first.
      mean.forEach((value, sample) => expect(measures.randomisedSimilarity?.[sample]).toBeCloseTo(value, 12));
      expect(variants.map((variant) => 'layers' in variant && variant.layers)).toEqual([['head'], ['conv', 'head']]);
      expect(scorer.drawsAgain?.(settings)).toBe(2);
    },
  );

  it('has the curve of Quantus’s MPRT in its rows, from the same maps', async () => {
    const { layers, drawn } = quantusGolden.spearman;
    const settings = scorer.settings(scorer.params.parse({ layers: 'each' }), GOLDEN_MODEL);
    const turns = [0, 1].map((layer) => tensorOfMaps(drawn.map((maps) => maps[layer] ?? [])));
    const { measures } = await scorer.score(requestOfMaps(tensorOfMaps(quantusGolden.own), turns, { settings }).request);
    layers.forEach((curve, sample) =>
      curve.forEach((value, layer) =>
        expect(measures.randomisedSimilarity?.[layer * layers.length + sample]).toBeCloseTo(value, 12),
      ),
    );
  });

  it('compares images by structure, and does not see a change of scale or sign of all values', async () => {
    const image = { ...GOLDEN_MODEL, inputShape: [50, 52, 1] };
    const values = Float32Array.from({ length: 2 * 50 * 52 }, (_, at) => Math.sin(0.3 * at) * Math.cos(0.011 * at));
    const maps = tensorOf(values, [2, 50, 52]);
    const other = tensorOf(
      values.map((value, at) => (at < 2600 ? -3 * value : Math.sin(1.7 * at))),
      [2, 50, 52],
    );
    const settings = scorer.settings(scorer.params.parse({ similarity: ['ssim', 'hog'] }), image);
    const { request } = requestOfMaps(maps, [other], { settings });
    const { measures } = await scorer.score({ ...request, inputs: tensorOf(values, [2, 50, 52, 1]) });
    const [ssim, changed, hog, changedHog] = measures.randomisedSimilarity ?? [];
    // −3 v in float32 is scaled back to |v| up to 2^-24.
    expect(ssim).toBeCloseTo(1, 5);
    expect(hog).toBeCloseTo(1, 4);
    for (const value of [changed, changedHog]) expect(Math.abs(value ?? 1)).toBeLessThan(0.9);
  });

  it('refuses images that are too small for a similarity, and what Quantus does not have', () => {
    expect(() => settingsFor({ similarity: 'ssim' })).toThrow(
      "similarity: ssim needs at least 11 positions along each axis, and the model's input is a table's row of 4 features. Use similarity: spearman.",
    );
    expect(() => scorer.settings(scorer.params.parse({ similarity: 'hog' }), GOLDEN_MODEL)).toThrow(
      /at least 48 positions a side/,
    );
    expect(() => settingsFor({ definition: 'quantus', layers: 2 })).toThrow(/mean over all layers/);
    expect(() => settingsFor({ definition: 'quantus', similarity: 'hog' })).toThrow(/no histograms/);
  });

  it('is named where its old name is used', () => {
    expect(() => metric('parameter-randomisation')).toThrow(
      'The metric "parameter-randomisation" is called "model-parameter-randomisation" now. Write metric: model-parameter-randomisation.',
    );
    expect(describeMeasure('parameter-randomisation', 'rankCorrelation')).toBeUndefined();
  });

  it('refuses more layers than the model has, and a model without any', () => {
    expect(() => settingsFor({ layers: 4 })).toThrow('layers: 4 are more than the 3 layers with a kernel that the model has.');
    expect(() => scorer.settings(scorer.params.parse({}), { ...model, weightSteps: [] })).toThrow(/no layer with weights/);
  });
});
