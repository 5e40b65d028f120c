import { rowsOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { metric } from '../src/index.js';
import { GOLDEN_MODEL, quantusGolden, requestOfMaps, tensorOfMaps } from './randomisation-goldens.js';

const scorer = metric('smooth-mprt');
const settingsFor = (params: object) => scorer.settings(scorer.params.parse(params), GOLDEN_MODEL);

describe('smooth MPRT', () => {
  it('is SmoothMPRT of Quantus on the same maps, its unchanged model being 1', async () => {
    const { draws, layers, own, drawn } = quantusGolden.smooth;
    const at = (of: typeof own, turn: number): Tensor => tensorOfMaps(of.map((maps) => maps[turn] ?? []));
    const turns = [
      ...Array.from({ length: draws }, (_, turn) => at(own, turn)),
      ...Array.from({ length: 2 * draws }, (_, turn) => at(drawn, turn)),
    ];
    const settings = settingsFor({ definition: 'quantus', draws });
    const { request, variants, left } = requestOfMaps(tensorOfMaps(quantusGolden.own), turns, { settings });
    const { measures } = await scorer.score(request);
    // Means in float64, kept in float32: no two of a map's values are so near that ranks change.
    layers.forEach((curve, sample) => {
      const mean = (1 + curve.reduce((sum, value) => sum + value, 0)) / (1 + curve.length);
      expect(measures.smoothSimilarity?.[sample]).toBeCloseTo(mean, 12);
    });
    expect(variants.map((variant) => 'layers' in variant && variant.layers)).toEqual([['conv'], ['conv', 'head']]);
    expect([left(), scorer.drawsAgain?.(settings)]).toEqual([0, 3 * draws]);
  });

  it('adds the same noise on the model and on its variants, of the size that is asked for', async () => {
    const own = tensorOf(
      Float32Array.from({ length: 2 * 60 }, (_, at) => (at < 60 ? (at % 2) * 4 : Math.sin(at))),
      [2, 6, 5, 2],
    );
    const draws = 200;
    const turns = new Array<Tensor>(2 * draws).fill(own);
    const { request, wanted } = requestOfMaps(own, turns, { settings: settingsFor({ draws, noise: 0.25 }) });
    const { measures } = await scorer.score(request);
    expect([...(measures.smoothSimilarity ?? [])].every((value) => Math.abs(value - 1) < 1e-12)).toBe(true);
    expect(wanted.slice(draws).map(({ inputs }) => inputs)).toEqual(wanted.slice(0, draws).map(({ inputs }) => inputs));
    const noise = wanted.slice(0, draws).flatMap(({ inputs }) => {
      return Array.from(rowsOf(inputs, 0, 1).data, (value, at) => value - (own.data[at] ?? NaN));
    });
    const variance = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
    // The range of the first sample is 4. 12 000 draws: four standard errors of a variance are 4 · √(2/12 000) of it.
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / noise.length));
  });

  it('leaves the last copy as it is where Quantus does', async () => {
    const own = tensorOfMaps(quantusGolden.own);
    const { request, wanted } = requestOfMaps(own, new Array<Tensor>(9).fill(own), {
      settings: settingsFor({ definition: 'quantus', draws: 3 }),
    });
    await scorer.score(request);
    expect(wanted.map(({ inputs }) => inputs.data.every((value, at) => value === own.data[at]))).toEqual(
      [0, 1, 2].flatMap(() => [false, false, true]),
    );
  });

  it('draws once for settings that compare the same maps, and not depending on other samples', async () => {
    const own = tensorOfMaps(quantusGolden.own);
    const settings = settingsFor({ draws: 2, values: ['absolute', 'signed'], layers: 'each' });
    expect(scorer.drawsAgain?.(settings)).toBe(2 * (1 + 2));
    const { request, wanted } = requestOfMaps(own, new Array<Tensor>(6).fill(own), { settings });
    await scorer.score(request);
    const second = rowsOf(own, 1, 2);
    const alone = requestOfMaps(second, new Array<Tensor>(6).fill(second), { settings });
    await scorer.score({ ...alone.request, sampleIndices: Int32Array.of(1) });
    expect(wanted.map(({ inputs }) => [...rowsOf(inputs, 1, 2).data])).toEqual(
      alone.wanted.map(({ inputs }) => [...inputs.data]),
    );
  });
});
