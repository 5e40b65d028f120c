import { sampleRandom } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faithfulnessCorrelation as metric } from '../src/faithfulness/faithfulness-correlation.js';
import { removeSubsets } from '../src/faithfulness/subsets/remove-subsets.js';
import { correlationsOf } from '../src/faithfulness/subsets/subsets.js';
import { subsetDrawer } from '../src/perturbation/random-subsets.js';
import { unitsOf } from '../src/perturbation/units.js';
import { libraryGolden } from './library-golden.js';
import { correlation, exactMaps, mapsOf, score, smallScene } from './small-scene.js';
import { softmaxEngine } from './softmax-engine.js';

const scene = smallScene([5, 2]);
const { inputs, network } = scene;
const waves = (place: number): number => Math.sin(2.1 * place);

describe('faithfulness correlation', () => {
  it.each([0, -0.5])('is 1 of what each value gives to a linear output, over the baseline %d', async (baseline) => {
    for (const units of ['values', 'positions']) {
      const params = { units, size: 3, baseline, target: 'logit' };
      const { measures } = await score(metric, scene, { maps: exactMaps(scene, baseline), params });
      // Logits and maps are float32: 2^-24 of about 1 in changes that deviate by about 1, squared.
      for (const value of measures.faithfulnessCorrelation ?? []) expect(value).toBeCloseTo(1, 12);
      const against = await score(metric, scene, {
        maps: { ...inputs, data: exactMaps(scene, baseline).data.map((value) => -2 * value) },
        params,
      });
      for (const value of against.measures.faithfulnessCorrelation ?? []) expect(value).toBeCloseTo(-1, 12);
    }
  });

  it.each([
    ['positions', [5], 2],
    ['positions', [5, 2], 2],
    ['values', [5], 4],
    ['values', [5, 2], 4],
  ])('over %s of maps of shape %j is the correlation of the copies that were made', async (units, shape, size) => {
    const maps = mapsOf(shape, waves);
    const params = { units, size, subsets: 40, baseline: 7 };
    const { measures, copies } = await score(metric, scene, { maps, params });
    expect(copies.length).toBe(3 * 40);
    const channels = maps.data.length / 15;
    for (const n of [0, 1, 2]) {
      const own = copies.slice(n * 40, (n + 1) * 40);
      const sums = own.map((copy) => {
        const out = Array.from(copy.keys()).filter((at) => copy[at] === 7);
        expect(out.length).toBe(units === 'positions' ? 2 * size : size);
        expect([...copy].filter((value, at) => value !== 7 && value !== inputs.data[n * 10 + at])).toEqual([]);
        return out.reduce((sum, at) => {
          const place = channels === 2 ? at : Math.floor(at / 2);
          // A map's one number for a position counts once where its channels go together.
          const share = units === 'positions' && channels === 1 ? 0.5 : 1;
          return sum + share * (maps.data[n * 5 * channels + place] ?? NaN);
        }, 0);
      });
      const whole = network.outputsOf(inputs.data.subarray(n * 10, (n + 1) * 10))[n] ?? NaN;
      const changes = own.map((copy) => whole - (network.outputsOf(copy)[n] ?? NaN));
      // The engine's probabilities are float32: 3e-8 of changes of about 0.1.
      expect(measures.faithfulnessCorrelation?.[n]).toBeCloseTo(correlation(sums, changes), 6);
      expect(measures.constant?.[n]).toBe(0);
    }
  });

  it('is what Quantus gives for the same subsets', async () => {
    const golden = libraryGolden(
      'quantus/faithfulness_correlation.json',
      z.object({
        target: z.enum(['probability', 'logit']),
        subsets: z.array(z.array(z.array(z.number()))),
        scores: z.array(z.number()),
      }),
    );
    for (const { maps, target, subsets, scores } of golden.cases) {
      const { engine } = softmaxEngine(golden.inputs.shape.slice(1), 3);
      const outputs = await engine.predict(golden.inputs, target);
      const found = await removeSubsets(
        { engine, inputs: golden.inputs, maps, classes: golden.classes },
        {
          ...{ units: unitsOf('values', golden.inputs.shape.slice(1)), subsets: 12, baseline: 'minimum', target },
          whole: Float64Array.from(golden.classes, (c, n) => outputs.data[n * 3 + c] ?? NaN),
          drawerOf: (sample) => {
            let next = 0;
            return () => subsets[sample]?.[next++] ?? [];
          },
        },
      );
      // Outputs are float32 on both sides, all else is float64; sums are added up in another order.
      scores.forEach((value, n) => expect(correlationsOf(found[n] ?? expect.fail()).linear).toBeCloseTo(value, 12));
    }
  });

  it('depends neither on which samples are scored together nor on the settings beside', async () => {
    const maps = mapsOf([5], waves);
    const together = await score(metric, scene, { maps, params: { size: [0.2, 0.4], subsets: 20 } });
    for (const [s, size] of [0.2, 0.4].entries()) {
      for (const n of [2, 0]) {
        const alone = await score(metric, scene, { maps, params: { size, subsets: 20 }, rows: [n] });
        expect(alone.measures.faithfulnessCorrelation?.[0]).toBe(together.measures.faithfulnessCorrelation?.[s * 3 + n]);
      }
    }
    const otherwise = await score(metric, scene, { maps, params: { size: 0.2, subsets: 20 }, seed: 8 });
    expect(otherwise.measures.faithfulnessCorrelation?.[0]).not.toBe(together.measures.faithfulnessCorrelation?.[0]);
  });

  it('counts a map that gives all the same, and an output that never changes, as 0', async () => {
    const constant = await score(metric, scene, { maps: mapsOf([5], () => 0.1), params: {} });
    expect([...(constant.measures.faithfulnessCorrelation ?? [])]).toEqual([0, 0, 0]);
    expect([...(constant.measures.constant ?? [])]).toEqual([1, 1, 1]);
    const rising = { ...scene, inputs: { ...inputs, data: inputs.data.map((_, at) => at % 10) } };
    const baseline = Array.from({ length: 5 }, (_, t) => [2 * t, 2 * t + 1]);
    const same = await score(metric, rising, { maps: mapsOf([5], waves), params: { baseline } });
    expect([...(same.measures.constant ?? [])]).toEqual([1, 1, 1]);
  });

  it('takes the defaults of its definition, and refuses what does not fit', async () => {
    const settings = (params: object) => metric.settings(metric.params.parse(params), network.engine.model);
    expect(settings({})).toEqual([{ units: 'positions', size: 0.2, subsets: 100, baseline: 'zero', target: 'probability' }]);
    expect(settings({ definition: 'quantus', size: 9 })).toEqual([
      { definition: 'quantus', units: 'values', size: 9, subsets: 100, baseline: 'minimum', target: 'logit' },
    ]);
    expect(() => settings({ definition: 'quantus' })).toThrow(
      "faithfulness-correlation takes subsets of 224 of a sample's 10 values: that is all of them, or more. Give a smaller size",
    );
    expect(() =>
      metric.settings(metric.params.parse({ definition: 'quantus' }), { ...network.engine.model, logits: false }),
    ).toThrow('definition: quantus reads logits');
    await expect(score(metric, scene, { maps: mapsOf([5], (at) => (at === 7 ? NaN : at)), params: {} })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 101 has a map') as string,
    });
  });
});

it('draws every subset equally often', () => {
  const draw = subsetDrawer(sampleRandom(3, 0, 0), 5, 2);
  const counts = new Map<string, number>();
  for (let turn = 0; turn < 10_000; turn++) {
    const name = [...draw()].sort().join();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // Ten subsets, each 1000 times: 30 is one standard deviation.
  expect(counts.size).toBe(10);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * 30);
});
