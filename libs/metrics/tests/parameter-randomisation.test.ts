import type { ModelVariant } from '@xaigrid/engine';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric, type ScoreRequest } from '../src/index.js';

const scorer = metric('parameter-randomisation');
const model = {
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

describe('parameter randomisation', () => {
  it('is 1 of a map that does not depend on the weights', async () => {
    const { measures } = await scorer.score(requestOf(settingsFor({}), own));
    expect([...(measures.rankCorrelation ?? [])]).toEqual([1, 1]);
    expect([...(measures.signedRankCorrelation ?? [])]).toEqual([1, 1]);
    expect([...(measures.constantMaps ?? [])]).toEqual([0, 0]);
  });

  it('compares magnitudes, and values with their signs', async () => {
    const again = tensorOf(Float32Array.of(-1, 2, -3, 4, 1, 2, 3, 4), [2, 4]);
    const { measures } = await scorer.score(requestOf(settingsFor({}), again));
    expect([...(measures.rankCorrelation ?? [])]).toEqual([1, -1]);
    expect([...(measures.signedRankCorrelation ?? [])]).toEqual([-1, -1]);
  });

  it('says where a map is the same everywhere', async () => {
    const again = tensorOf(Float32Array.of(0, 0, 0, 0, 4, 3, 2, 1), [2, 4]);
    const { measures } = await scorer.score(requestOf(settingsFor({}), again));
    expect([...(measures.rankCorrelation ?? [])]).toEqual([0, 1]);
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

  it('refuses more layers than the model has, and a model without any', () => {
    expect(() => settingsFor({ layers: 4 })).toThrow('layers: 4 are more than the 3 layers with a kernel that the model has.');
    expect(() => scorer.settings(scorer.params.parse({}), { ...model, weightSteps: [] })).toThrow(/no layer with weights/);
  });
});
