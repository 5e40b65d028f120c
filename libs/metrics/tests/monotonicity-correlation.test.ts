import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { monotonicityCorrelation as metric } from '../src/faithfulness/monotonicity-correlation.js';
import { replaceParts } from '../src/faithfulness/monotonicity-correlation/replace-parts.js';
import { correlationsOf } from '../src/faithfulness/subsets/subsets.js';
import { unitsOf } from '../src/perturbation/units.js';
import { libraryGolden } from './library-golden.js';
import { mapsOf, score, smallScene } from './small-scene.js';
import { softmaxEngine } from './softmax-engine.js';

const scene = smallScene([6, 2]);
const { inputs, classes, network } = scene;
const waves = (place: number): number => Math.sin(2.1 * place);

describe('monotonicity correlation', () => {
  it('is 1 of what random values in each place move a linear output by, and −1 of its inverse', async () => {
    // E (w·(u − x))² = w²·((high − low)²/12 + ((low + high)/2 − x)²) for u uniform from low to high.
    const expected = (place: number): number => {
      const weight = Math.cos(3 * (place % 12) + 5 * (classes[Math.floor(place / 12)] ?? NaN));
      return weight ** 2 * (4 / 12 + (0 - (inputs.data[place] ?? NaN)) ** 2);
    };
    const params = { units: 'values', range: [-1, 1], draws: 1000, target: 'logit' };
    const { measures } = await score(metric, scene, { maps: mapsOf([6, 2], expected), params });
    const inverse = await score(metric, scene, { maps: mapsOf([6, 2], (place) => -1 / expected(place)), params });
    for (const n of [0, 1, 2]) {
      // The mean of 1000 draws is off by about 3 %: neighbours may change places, one pair of which costs 0.007 of 12 ranks.
      expect(measures.monotonicityCorrelation?.[n]).toBeGreaterThan(0.95);
      expect(inverse.measures.monotonicityCorrelation?.[n]).toBeLessThan(-0.95);
    }
  });

  it('draws new values for one position at a time, from the range of the sample or from the one that is given', async () => {
    const bounds = (n: number): readonly [number, number] => {
      const own = inputs.data.subarray(n * 12, (n + 1) * 12);
      return [Math.min(...own), Math.max(...own)];
    };
    const cases = [
      { params: {}, between: (n: number) => bounds(n) },
      {
        params: {
          range: [
            [2, 5],
            [3, 9],
          ],
        },
        between: (_: number, channel: number) => (channel === 0 ? [2, 3] : [5, 9]),
      },
    ];
    for (const { params, between } of cases) {
      const { copies } = await score(metric, scene, { maps: mapsOf([6], waves), params: { ...params, draws: 50 } });
      expect(copies.length).toBe(3 * 6 * 50);
      const means = new Map<string, number[]>();
      for (const [row, copy] of copies.entries()) {
        const n = Math.floor(row / 300);
        const changed = Array.from(copy.keys()).filter((at) => copy[at] !== inputs.data[n * 12 + at]);
        expect([...new Set(changed.map((at) => Math.floor(at / 2)))].length).toBe(1);
        expect(copy[changed[0] ?? -1]).not.toBe(copy[changed[1] ?? -1]);
        for (const at of changed) {
          const [low = NaN, high = NaN] = between(n, at % 2);
          const share = ((copy[at] ?? NaN) - low) / (high - low);
          expect(share).toBeGreaterThanOrEqual(-1e-6);
          expect(share).toBeLessThanOrEqual(1 + 1e-6);
          means.set(`${n} ${at % 2}`, [...(means.get(`${n} ${at % 2}`) ?? []), share]);
        }
      }
      // 300 shares: the mean's standard error is √(1/12/300) = 0.017.
      for (const shares of means.values()) {
        expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) / shares.length - 0.5)).toBeLessThan(4 * 0.017);
      }
    }
  });

  it('is what Quantus gives for the same draws', async () => {
    const golden = libraryGolden(
      'quantus/monotonicity_correlation.json',
      z.object({
        ...{ target: z.enum(['probability', 'logit']), step: z.number(), scores: z.array(z.number()) },
        drawn: z.array(z.array(z.number())),
      }),
    );
    for (const { maps, target, step, drawn, scores } of golden.cases) {
      const { engine } = softmaxEngine(golden.inputs.shape.slice(1), 3);
      const outputs = await engine.predict(golden.inputs, target);
      const found = await replaceParts(
        { engine, inputs: golden.inputs, maps, classes: golden.classes },
        {
          ...{ units: unitsOf('values', golden.inputs.shape.slice(1)), step, draws: 3, range: [0, 1], oneValue: true, target },
          whole: Float64Array.from(golden.classes, (c, n) => outputs.data[n * 3 + c] ?? NaN),
          randomOf: (sample) => {
            let next = 0;
            return { ties: sampleRandom(0, 0, 0), uniform: () => drawn[sample]?.[next++] ?? NaN };
          },
        },
      );
      // Ranks are equal.
      scores.forEach((value, n) => expect(correlationsOf(found[n] ?? expect.fail()).ranks).toBeCloseTo(value, 12));
    }
  });

  it('depends neither on which samples are scored together nor on the settings beside', async () => {
    const maps = mapsOf([6], (place) => Math.round(Math.sin(2.1 * place)));
    const together = await score(metric, scene, { maps, params: { draws: [3, 5] } });
    for (const [s, draws] of [3, 5].entries()) {
      const alone = await score(metric, scene, { maps, params: { draws }, rows: [2] });
      expect(alone.measures.monotonicityCorrelation?.[0]).toBe(together.measures.monotonicityCorrelation?.[s * 3 + 2]);
    }
  });

  it('counts a map that gives all the same as 0, and refuses what does not fit', async () => {
    const constant = await score(metric, scene, { maps: mapsOf([6], (place) => (place % 2 ? 0.1 : -0.1)), params: { draws: 2 } });
    expect([...(constant.measures.monotonicityCorrelation ?? [])]).toEqual([0, 0, 0]);
    expect([...(constant.measures.constant ?? [])]).toEqual([1, 1, 1]);
    const settings = (params: object, inputShape: readonly number[] = [6, 2]) =>
      metric.settings(metric.params.parse(params), { ...network.engine.model, inputShape });
    expect(settings({ definition: ['paper', 'quantus'] })).toEqual([
      { units: 'positions', step: 1, draws: 100, range: 'sample' },
      { definition: 'quantus', units: 'values', step: 1, draws: 100, range: [0, 1] },
    ]);
    expect(() => settings({}, [4])).toThrow('the 4 features of a table have no range in common. Give range: [low, high]');
    expect(() => settings({ range: [0, [1, 2, 3]] })).toThrow('has a range with 3 numbers, and a sample has 2 channels');
    await expect(score(metric, scene, { maps: mapsOf([6], (at) => (at === 7 ? NaN : at)), params: {} })).rejects.toMatchObject({
      ...{ code: 'NOT_FINITE', message: expect.stringContaining('Sample 101 has a map') as string },
    });
  });
});
