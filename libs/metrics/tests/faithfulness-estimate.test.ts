import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faithfulnessEstimate as metric } from '../src/faithfulness/faithfulness-estimate.js';
import { libraryGolden } from './library-golden.js';
import { correlation, exactMaps, mapsOf, score, smallScene } from './small-scene.js';
import { softmaxEngine } from './softmax-engine.js';

const scene = smallScene([5, 2]);
const { inputs, network } = scene;
const waves = (place: number): number => Math.sin(2.1 * place);

describe('faithfulness estimate', () => {
  it('is 1 of what each value gives to a linear output, however many go together', async () => {
    for (const units of ['values', 'positions']) {
      const params = { units, step: 2, baseline: -0.5, target: 'logit' };
      const { measures } = await score(metric, scene, { maps: exactMaps(scene, -0.5), params });
      // Logits and maps are float32: 6e-8 of about 1 in changes that deviate by about 1, squared.
      for (const value of measures.faithfulnessEstimate ?? []) expect(value).toBeCloseTo(1, 12);
    }
  });

  it.each(['positions', 'values'])('over %s is the correlation with what each one changes by itself', async (units) => {
    const maps = mapsOf([5, 2], waves);
    const { measures, copies } = await score(metric, scene, { maps, params: { units } });
    const width = units === 'positions' ? 2 : 1;
    expect(copies.length).toBe(3 * (10 / width));
    for (const n of [0, 1, 2]) {
      const x = [...inputs.data.subarray(n * 10, (n + 1) * 10)];
      const map = [...maps.data.subarray(n * 10, (n + 1) * 10)];
      const all = Array.from({ length: 10 / width }, (_, unit) => unit);
      const of = (unit: number, at: number): boolean => Math.floor(at / width) === unit;
      const given = all.map((unit) => map.reduce((sum, value, at) => (of(unit, at) ? sum + value : sum), 0));
      const output = (values: number[]): number => network.outputsOf(values)[n] ?? NaN;
      const changes = all.map((unit) => output(x) - output(x.map((value, at) => (of(unit, at) ? 0 : value))));
      // The engine's probabilities are float32: 3e-8 of changes of about 0.1.
      expect(measures.faithfulnessEstimate?.[n]).toBeCloseTo(correlation(given, changes), 6);
    }
  });

  it('is what Quantus gives', async () => {
    const golden = libraryGolden(
      'quantus/faithfulness_estimate.json',
      z.object({
        ...{ target: z.enum(['probability', 'logit']), step: z.number(), scores: z.array(z.number()) },
      }),
    );
    const inputShape = golden.inputs.shape.slice(1);
    const own = { ...golden, inputShape, network: softmaxEngine(inputShape, 3) };
    for (const { maps, target, step, scores } of golden.cases) {
      const { measures } = await score(metric, own, { maps, params: { definition: 'quantus', target, step } });
      // Outputs are float32 on both sides, all else is float64; sums are added up in another order.
      scores.forEach((value, n) => expect(measures.faithfulnessEstimate?.[n]).toBeCloseTo(value, 12));
    }
  });

  it('breaks ties by a lot that depends on the sample and the seed alone', async () => {
    const params = { units: 'values', step: 3 };
    const maps = mapsOf([5, 2], (place) => Math.round(Math.sin(2.1 * place)));
    const together = await score(metric, scene, { maps, params });
    for (const n of [2, 0]) {
      const alone = await score(metric, scene, { maps, params, rows: [n] });
      expect(alone.measures.faithfulnessEstimate?.[0]).toBe(together.measures.faithfulnessEstimate?.[n]);
    }
    const otherwise = await score(metric, scene, { maps, params, seed: 8 });
    expect(otherwise.measures.faithfulnessEstimate).not.toEqual(together.measures.faithfulnessEstimate);
  });

  it('counts a map that gives all the same as 0, and refuses what does not fit', async () => {
    const constant = await score(metric, scene, { maps: mapsOf([5], () => 0.1), params: {} });
    expect([...(constant.measures.faithfulnessEstimate ?? [])]).toEqual([0, 0, 0]);
    expect([...(constant.measures.constant ?? [])]).toEqual([1, 1, 1]);
    const settings = (params: object) => metric.settings(metric.params.parse(params), network.engine.model);
    expect(settings({ definition: ['paper', 'quantus'] })).toEqual([
      { units: 'positions', step: 1, baseline: 'zero', target: 'probability' },
      { definition: 'quantus', units: 'values', step: 1, baseline: 'minimum', target: 'logit' },
    ]);
    expect(() => settings({ step: 5 })).toThrow("replaces 5 of a sample's 5 positions in a step");
    await expect(
      score(metric, scene, { maps: mapsOf([5], (at) => (at === 7 ? Infinity : at)), params: {} }),
    ).rejects.toMatchObject({ code: 'NOT_FINITE', message: expect.stringContaining('Sample 101 has a map') as string });
  });
});
