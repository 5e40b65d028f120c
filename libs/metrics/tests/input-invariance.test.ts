import type { ModelVariant } from '@xaigrid/engine';
import { tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric, type MapsWanted, type ScoreRequest } from '../src/index.js';
import { axiomaticGolden, tensorOfSamples } from './axiomatic-golden.js';

const scorer = metric('input-invariance');
const settingsFor = (params: object) =>
  scorer.settings(scorer.params.parse(params), { inputShape: [4], classes: 2, layers: [], saliencyLayers: [], weightSteps: [] });

function requestOf(
  inputs: Tensor,
  maps: Tensor,
  again: (wanted: MapsWanted, variant: ModelVariant) => Tensor,
  settings: ScoreRequest['settings'],
): ScoreRequest {
  const samples = inputs.shape[0] ?? 0;
  const rows = Int32Array.from({ length: samples }, (_, row) => row);
  return {
    engine: undefined as never,
    ...{ inputs, maps, settings, seed: 1, predictions: tensorOf(new Float32Array(samples), [samples, 1]) },
    ...{ classes: rows, sampleIndices: rows },
    redrawing: {
      explainedClasses: rows.map((row) => row % 2),
      draw: () => Promise.reject(new TypeError('Only the shifted model is asked.')),
      onVariant: (variant, work) => work((wanted) => Promise.resolve(again(wanted, variant))),
    },
  };
}

const weights = [1, -2, 3, 0.5];
const inputs = tensorOf(Float32Array.of(0.5, 1, -1, 2, 0, 4, 2, 1), [2, 4]);
const timesWeights = ({ shape, data }: Tensor): Tensor =>
  tensorOf(
    data.map((value, at) => value * (weights[at % 4] ?? NaN)),
    shape,
  );

describe('input invariance', () => {
  it('is 0 of a map that knows nothing of the input’s zero, as the gradient of a linear model', async () => {
    const gradient = tensorOf(Float32Array.from([...weights, ...weights]), [2, 4]);
    const { measures } = await scorer.score(requestOf(inputs, gradient, () => gradient, settingsFor({})));
    expect([...(measures.invarianceError ?? []), ...(measures.invariant ?? [])]).toEqual([0, 0, 1, 1]);
  });

  it('is |s| ‖w‖ / ‖w ∘ x‖ of input × gradient, of every shift', async () => {
    const asked: (readonly [ModelVariant, readonly number[]])[] = [];
    const settings = settingsFor({ shift: [-1, 4] });
    const again = ({ inputs: shifted }: MapsWanted, variant: ModelVariant): Tensor => {
      asked.push([variant, [...shifted.data]]);
      return timesWeights(shifted);
    };
    const { measures } = await scorer.score(requestOf(inputs, timesWeights(inputs), again, settings));
    expect(asked).toEqual([-1, 4].map((shift) => [{ inputShift: shift }, [...inputs.data.map((value) => value + shift)]]));
    for (const [s, shift] of [1, 4].entries())
      for (const sample of [0, 1]) {
        const own = timesWeights(inputs).data.slice(4 * sample, 4 * sample + 4);
        // Quarters and halves: every step of float32 is exact.
        expect(measures.invarianceError?.[2 * s + sample]).toBeCloseTo((shift * Math.hypot(...weights)) / Math.hypot(...own), 14);
      }
    expect([...(measures.invariant ?? [])]).toEqual([0, 0, 0, 0]);
    expect(scorer.drawsAgain?.(settings)).toBe(2);
  });

  it.each(axiomaticGolden.invariance)(
    'is InputInvariance of Quantus on the same maps, its first value left where it is',
    async (golden) => {
      const own = tensorOfSamples(axiomaticGolden.inputs);
      const again = ({ inputs: shifted }: MapsWanted): Tensor => {
        expect(shifted).toEqual(tensorOfSamples(golden.shifted));
        return tensorOfSamples(golden.again);
      };
      const settings = settingsFor({ definition: 'quantus' });
      const { measures } = await scorer.score(requestOf(own, tensorOfSamples(golden.maps), again, settings));
      expect(Array.from(measures.invariant ?? [], (value) => value === 1)).toEqual(golden.invariant);
    },
  );

  it('says where the map is zero, and refuses NaN', async () => {
    const zeros = tensorOf(new Float32Array(8), [2, 4]);
    const { measures } = await scorer.score(requestOf(inputs, zeros, () => zeros, settingsFor({})));
    expect([...(measures.zeroMaps ?? []), ...(measures.invarianceError ?? [])]).toEqual([1, 1, 0, 0]);
    const nan = tensorOf(new Float32Array(8).fill(NaN, 5), [2, 4]);
    await expect(scorer.score(requestOf(inputs, zeros, () => nan, settingsFor({})))).rejects.toMatchObject({
      code: 'NOT_FINITE',
    });
  });
});
