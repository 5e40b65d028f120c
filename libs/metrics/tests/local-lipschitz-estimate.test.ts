import { tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metric, type MapsWanted } from '../src/index.js';
import { localLipschitzEstimate } from '../src/robustness/local-lipschitz-estimate.js';
import { classList, goldenOf, gradientTimesInput, inputs, redrawnRequest, SAMPLES, valuesOf } from './redrawn-request.js';

const settingsFor = (params: object) => {
  const scorer = metric('local-lipschitz-estimate');
  return scorer.settings(scorer.params.parse(params), redrawnRequest({ settings: [] }).engine.model);
};
const estimates = async (request: Parameters<typeof localLipschitzEstimate.score>[0]) => {
  const { measures } = await localLipschitzEstimate.score(request);
  return [...(measures.localLipschitz ?? [])];
};

describe('local-lipschitz-estimate', () => {
  it('has the defaults of each definition', () => {
    expect(settingsFor({ definition: ['paper', 'quantus'] })).toEqual([
      { noise: 0.1, perturbations: 100 },
      { definition: 'quantus', noise: 0.1, perturbations: 200 },
    ]);
  });

  it('is the factor of a map that is a multiple of the sample', async () => {
    const settings = settingsFor({ perturbations: 5 });
    const found = await estimates(redrawnRequest({ settings, map: (x) => Array.from(x, (value) => -4 * value) }));
    // Multiplied by a power of 2, nothing is rounded.
    expect(found).toEqual([4, 4, 4, 4]);
  });

  it('comes close to the largest singular value of a linear map of two values, from below', async () => {
    const given = tensorOf(Float32Array.of(0.5, -0.25), [1, 2]);
    const map = ([a = NaN, b = NaN]: Float32Array) => [2 * a, 2 * a + b];
    const settings = settingsFor({ perturbations: 500 });
    // The eigenvalues of AᵀA = [[8, 2], [2, 1]] are 9/2 ± √(65)/2.
    const largest = Math.sqrt((9 + Math.sqrt(65)) / 2);
    const [found = NaN] = await estimates(redrawnRequest({ settings, given, map }));
    // Rounding moves a difference of about 0.1 by 2^-24.
    expect(found).toBeLessThanOrEqual(largest * (1 + 2e-6));
    // 500 directions of a half circle: the nearest is within 0.01 or so, and the value falls by its square.
    expect(found).toBeGreaterThan(largest * (1 - 1e-3));
  });

  it('is the largest ratio over the draws, which stay in the box', async () => {
    const wanted: MapsWanted[] = [];
    const settings = settingsFor({ noise: 0.3, perturbations: 30 });
    const found = await estimates(redrawnRequest({ settings, wanted }));
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Math.hypot(...Array.from(a, (value, at) => value - (b[at] ?? NaN)));
    for (let sample = 0; sample < SAMPLES; sample++) {
      const explained = classList[sample] ?? 0;
      const own = Float32Array.from(valuesOf(inputs, sample));
      const mapOf = (x: Float32Array): Float32Array => Float32Array.from(gradientTimesInput(x, explained));
      const ratios = wanted.map(({ inputs: moved }) => {
        const x = Float32Array.from(valuesOf(moved, sample));
        // 2^-24 of values below 2.
        expect(Math.max(...x.map((value, at) => Math.abs(value - (own[at] ?? NaN))))).toBeLessThanOrEqual(0.3 + 1.2e-7);
        return distance(mapOf(x), mapOf(own)) / distance(x, own);
      });
      // Both in double precision from the same float32 maps.
      expect(found[sample]).toBeCloseTo(Math.max(...ratios), 12);
    }
  });

  it('is what LocalLipschitzEstimate of Quantus gives for the same noise', async () => {
    const { noise, perturbations, localLipschitz } = goldenOf('local_lipschitz_estimate.json', {
      ...{ perturbations: z.int(), noise: z.number(), localLipschitz: z.array(z.number()) },
    });
    const found = await estimates(redrawnRequest({ settings: settingsFor({ definition: 'quantus', noise, perturbations }) }));
    // Both in double precision; maps and samples rounded to float32 by both sides alike.
    localLipschitz.forEach((value, sample) => expect(found[sample]).toBeCloseTo(value, 14));
  });

  it('does not depend on the scale of maps in the definition of Quantus', async () => {
    const settings = settingsFor({ definition: 'quantus', perturbations: 3 });
    const larger = (x: Float32Array, explained: number) => gradientTimesInput(x, explained).map((value) => 1024 * value);
    expect(await estimates(redrawnRequest({ settings, map: larger }))).toEqual(await estimates(redrawnRequest({ settings })));
  });

  it('says which maps are zero, and gives them 0', async () => {
    const settings = settingsFor({ definition: ['paper', 'quantus'], perturbations: 2 });
    const { measures } = await localLipschitzEstimate.score(redrawnRequest({ settings, map: () => [0, 0] }));
    expect([...(measures.localLipschitz ?? [])]).toEqual(Array.from({ length: 8 }, () => 0));
    expect([...(measures.zeroMaps ?? [])]).toEqual(Array.from({ length: 8 }, () => 1));
  });

  it('depends on no cut of the work, and not on the settings that are scored beside', async () => {
    const settings = settingsFor({ definition: ['paper', 'quantus'], noise: [0.1, 0.4], perturbations: 4 });
    const together = await estimates(redrawnRequest({ settings }));
    for (const [s, setting] of settings.entries()) {
      for (let row = 0; row < SAMPLES; row++) {
        const [alone] = await estimates(redrawnRequest({ settings: [setting], rows: [row] }));
        expect(alone).toBe(together[s * SAMPLES + row]);
      }
    }
  });

  it('refuses a map that is not finite, by name', async () => {
    let turn = 0;
    const map = () => [1, turn++ > 5 ? -Infinity : 2];
    await expect(localLipschitzEstimate.score(redrawnRequest({ settings: settingsFor({}), map }))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 2 has a map') as string,
    });
  });
});
