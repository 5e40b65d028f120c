import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric } from '../src/index.js';
import { GOLDEN_MODEL, quantusGolden, requestOfMaps, tensorOfMaps } from './randomisation-goldens.js';

const scorer = metric('efficient-mprt');
const settingsFor = (params: object, model = GOLDEN_MODEL) => scorer.settings(scorer.params.parse(params), model);

describe('efficient MPRT', () => {
  it('is (H(Φ̂) − H(Φ)) / H(Φ): from two values to four in equal shares it doubles', async () => {
    const own = tensorOf(Float32Array.of(0, 0, 1, 1, 2, 2, 2, 2), [2, 4]);
    const again = tensorOf(Float32Array.of(0, 1, 2, 3, 0, 1, 2, 3), [2, 4]);
    const { request, variants } = requestOfMaps(own, [again], { settings: settingsFor({ bins: 4 }) });
    const { measures } = await scorer.score(request);
    expect(measures.entropyRise?.[0]).toBeCloseTo(1, 14);
    expect(measures.entropy?.[0]).toBeCloseTo(Math.log(2), 14);
    // The map of the second sample has one value: its entropy is 0.
    expect([measures.entropyRise?.[1], measures.constantMaps?.[1], measures.constantMaps?.[0]]).toEqual([0, 1, 0]);
    expect(variants).toEqual([{ layers: ['conv', 'head'], seed: 9, by: 'shuffle' }]);
  });

  it('is EfficientMPRT of Quantus on the same maps', async () => {
    const { rise, drawn } = quantusGolden.efficient;
    const settings = settingsFor({});
    const { request } = requestOfMaps(tensorOfMaps(quantusGolden.own), [tensorOfMaps(drawn)], { settings });
    const { measures } = await scorer.score(request);
    // Float64 on both sides, the same bins.
    rise.forEach((value, sample) => expect(measures.entropyRise?.[sample]).toBeCloseTo(value, 12));
  });

  it('draws one map a way of randomising, whatever the bins', async () => {
    const settings = settingsFor({ bins: [10, 100], by: ['shuffle', 'redraw'] });
    const own = tensorOfMaps(quantusGolden.own);
    const { request, left } = requestOfMaps(own, [own, own], { settings });
    const { measures } = await scorer.score(request);
    expect([...(measures.entropyRise ?? [])]).toEqual(new Array(8).fill(0));
    expect([left(), scorer.drawsAgain?.(settings)]).toEqual([0, 2]);
  });

  it('refuses a model without weights', () => {
    expect(() => settingsFor({}, { ...GOLDEN_MODEL, weightSteps: [] })).toThrow(/no layer with weights/);
  });
});
