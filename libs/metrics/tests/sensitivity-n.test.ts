import { describe, expect, it } from 'vitest';
import { sensitivityN as metric } from '../src/faithfulness/sensitivity-n.js';
import { correlation, exactMaps, mapsOf, score, smallScene } from './small-scene.js';

const scene = smallScene([6, 2]);
const { inputs, network } = scene;
const waves = (place: number): number => Math.sin(2.1 * place);

describe('sensitivity-n', () => {
  it('is 1 of what each value gives to a linear output, for every n', async () => {
    for (const units of ['values', 'positions']) {
      const params = { units, size: [1, 2, 3, 4, 5], baseline: 0.25, target: 'logit' };
      const { measures } = await score(metric, scene, { maps: exactMaps(scene, 0.25), params });
      expect(measures.sensitivityN?.length).toBe(15);
      // Logits and maps are float32: 6e-8 of about 1 in changes that deviate by about 1, squared.
      for (const value of measures.sensitivityN ?? []) expect(value).toBeCloseTo(1, 12);
    }
  });

  it('comes near the correlation over all subsets of n positions', async () => {
    const maps = mapsOf([6], waves);
    const { measures } = await score(metric, scene, { maps, params: { size: 2, subsets: 5000 } });
    for (const n of [0, 1, 2]) {
      const x = [...inputs.data.subarray(n * 12, (n + 1) * 12)];
      const pairs = Array.from({ length: 36 }, (_, at) => [Math.floor(at / 6), at % 6] as const).filter(([a, b]) => a < b);
      const sums = pairs.map(([a, b]) => (maps.data[n * 6 + a] ?? NaN) + (maps.data[n * 6 + b] ?? NaN));
      const output = (values: number[]): number => network.outputsOf(values)[n] ?? NaN;
      const changes = pairs.map(([a, b]) => {
        return output(x) - output(x.map((value, at) => ([a, b].includes(Math.floor(at / 2)) ? 0 : value)));
      });
      // The correlation's standard error is below 1/√5000 = 0.014.
      expect(Math.abs((measures.sensitivityN?.[n] ?? NaN) - correlation(sums, changes))).toBeLessThan(4 * 0.014);
    }
  });

  it('depends neither on which samples are scored together nor on the settings beside', async () => {
    const maps = mapsOf([6], (place) => Math.round(Math.sin(2.1 * place)));
    const cases = [
      { size: 0.2, subsets: 20 },
      { size: 3, subsets: 20 },
    ];
    const both = await score(metric, scene, { maps, params: { size: [0.2, 3], subsets: 20 } });
    for (const [s, params] of cases.entries()) {
      const together = await score(metric, scene, { maps, params });
      for (const n of [2, 0]) {
        const alone = await score(metric, scene, { maps, params, rows: [n] });
        expect(alone.measures.sensitivityN?.[0]).toBe(together.measures.sensitivityN?.[n]);
        expect(alone.measures.sensitivityN?.[0]).toBe(both.measures.sensitivityN?.[s * 3 + n]);
      }
    }
  });

  it('counts a map that gives all the same as 0, and refuses what does not fit', async () => {
    const constant = await score(metric, scene, { maps: mapsOf([6], () => 0.1), params: {} });
    expect([...(constant.measures.sensitivityN ?? [])]).toEqual([0, 0, 0]);
    expect([...(constant.measures.constant ?? [])]).toEqual([1, 1, 1]);
    const settings = (params: object) => metric.settings(metric.params.parse(params), network.engine.model);
    expect(settings({})).toEqual([{ units: 'positions', size: 0.1, subsets: 100, baseline: 'zero' }]);
    expect(() => settings({ size: 6 })).toThrow("takes subsets of 6 of a sample's 6 positions");
    await expect(score(metric, scene, { maps: mapsOf([6], (at) => (at === 7 ? NaN : at)), params: {} })).rejects.toMatchObject({
      ...{ code: 'NOT_FINITE', message: expect.stringContaining('Sample 101 has a map') as string },
    });
  });
});
