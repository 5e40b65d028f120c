import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { metric, type MapsWanted } from '../src/index.js';
import { averageSensitivity } from '../src/robustness/average-sensitivity.js';
import {
  classList,
  goldenOf,
  gradientTimesInput,
  inputs,
  predictedClass,
  redrawnRequest,
  SAMPLES,
  valuesOf,
} from './redrawn-request.js';

const settingsFor = (params: object) => {
  const scorer = metric('average-sensitivity');
  return scorer.settings(scorer.params.parse(params), redrawnRequest({ settings: [] }).engine.model);
};

/** ‖Φ(x′) − Φ(x)‖ of one sample in each draw, and whether the draw kept the predicted class; maps rounded as they are stored. */
function byFormula(wanted: readonly MapsWanted[], sample: number) {
  const explained = classList[sample] ?? 0;
  const own = Float32Array.from(gradientTimesInput(Float32Array.from(valuesOf(inputs, sample)), explained));
  return wanted.map(({ inputs: moved }) => {
    const x = Float32Array.from(valuesOf(moved, sample));
    const again = Float32Array.from(gradientTimesInput(x, explained));
    const difference = Array.from(again, (value, at) => value - (own[at] ?? NaN));
    return {
      share: Math.hypot(...difference) / Math.hypot(...own),
      distance: Math.hypot(...difference),
      kept: predictedClass(x) === predictedClass(valuesOf(inputs, sample)),
    };
  });
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('average-sensitivity', () => {
  it('has the defaults of each definition', () => {
    expect(settingsFor({ definition: ['paper', 'quantus', 'xplique'] })).toEqual([
      { radius: 0.02, perturbations: 10 },
      { definition: 'quantus', radius: 0.2, perturbations: 200 },
      { definition: 'xplique', radius: 0.1, perturbations: 20 },
    ]);
  });

  it('is 0 of a map that does not depend on the sample', async () => {
    const request = redrawnRequest({ settings: settingsFor({ radius: 0.5 }), map: () => [0.5, -1, 2] });
    const { measures } = await averageSensitivity.score(request);
    expect([...(measures.averageSensitivity ?? [])]).toEqual([0, 0, 0, 0]);
    expect([...(measures.zeroMaps ?? [])]).toEqual([0, 0, 0, 0]);
  });

  it('is the mean over the draws that keep the predicted class, and says how many do not', async () => {
    const wanted: MapsWanted[] = [];
    const settings = settingsFor({ radius: 0.7, perturbations: 40 });
    const { measures } = await averageSensitivity.score(redrawnRequest({ settings, wanted }));
    expect(wanted.length).toBe(40);
    const leftOut = [...(measures.leftOutDraws ?? [])];
    expect(leftOut.some((share) => share > 0 && share < 1)).toBe(true);
    for (let sample = 0; sample < SAMPLES; sample++) {
      const draws = byFormula(wanted, sample);
      const kept = draws.filter((draw) => draw.kept);
      expect(leftOut[sample]).toBe((40 - kept.length) / 40);
      // Both in double precision from the same float32 maps; 40 terms.
      expect(measures.averageSensitivity?.[sample]).toBeCloseTo(mean(kept.map(({ share }) => share)), 13);
    }
  });

  it('counts a sample as 0 and says so where every draw changes the class', async () => {
    const flipped = () => Promise.resolve({ shape: [1, 3], data: Float32Array.of(0.1, 0, 0.9) });
    const own = { shape: [1, 3], data: Float32Array.of(0.9, 0.1, 0) };
    const request = redrawnRequest({ settings: settingsFor({}), rows: [0], engine: { predict: flipped } });
    const { measures } = await averageSensitivity.score({ ...request, predictions: own });
    expect([measures.averageSensitivity?.[0], measures.leftOutDraws?.[0], measures.noDraws?.[0]]).toEqual([0, 1, 1]);
  });

  it('of Xplique: only moves values up, by at most the radius, and is not divided by the map’s size', async () => {
    const wanted: MapsWanted[] = [];
    const settings = settingsFor({ definition: 'xplique' });
    const { measures } = await averageSensitivity.score(redrawnRequest({ settings, wanted }));
    const moves = wanted.flatMap(({ inputs: moved }) => Array.from(moved.data, (value, at) => value - (inputs.data[at] ?? NaN)));
    // 2^-24 of values below 2: what rounding takes or adds.
    expect(Math.min(...moves)).toBeGreaterThanOrEqual(-1.2e-7);
    expect(Math.max(...moves)).toBeLessThanOrEqual(0.1 + 1.2e-7);
    // 20 · 4 · 30 draws: the mean's standard error is 0.1 / √(12 · 2400).
    expect(Math.abs(mean(moves) - 0.05)).toBeLessThan(4 * (0.1 / Math.sqrt(12 * 2400)));
    for (let sample = 0; sample < SAMPLES; sample++) {
      const distances = byFormula(wanted, sample).map(({ distance }) => distance);
      expect(measures.averageSensitivity?.[sample]).toBeCloseTo(mean(distances), 14);
    }
  });

  it('is what AvgSensitivity of Quantus gives for the same noise', async () => {
    const golden = goldenOf('max_sensitivity.json', {
      ...{ perturbations: z.int(), radius: z.number(), averageSensitivity: z.array(z.number()) },
    });
    const { perturbations, radius } = golden;
    const settings = settingsFor({ definition: 'quantus', perturbations, radius });
    const { measures } = await averageSensitivity.score(redrawnRequest({ settings }));
    // Both in double precision; maps and samples rounded to float32 by both sides alike.
    golden.averageSensitivity.forEach((value, sample) => {
      expect(measures.averageSensitivity?.[sample]).toBeCloseTo(value, 14);
    });
  });

  it('is what AverageStability of Xplique gives for the same noise', async () => {
    const file = new URL('../../../tests/parity/xplique/average_stability.json', import.meta.url);
    const golden = z.object({ averageStability: z.array(z.number()) }).parse(JSON.parse(readFileSync(file, 'utf8')));
    const { measures } = await averageSensitivity.score(redrawnRequest({ settings: settingsFor({ definition: 'xplique' }) }));
    // Both in double precision; maps and samples rounded to float32 by both sides alike.
    golden.averageStability.forEach((value, sample) => expect(measures.averageSensitivity?.[sample]).toBeCloseTo(value, 14));
  });

  it('depends on no cut of the work, and not on the settings that are scored beside', async () => {
    const settings = settingsFor({ definition: ['paper', 'quantus', 'xplique'], radius: 0.5, perturbations: 6 });
    const together = await averageSensitivity.score(redrawnRequest({ settings }));
    for (const [s, setting] of settings.entries()) {
      for (let row = 0; row < SAMPLES; row++) {
        const alone = await averageSensitivity.score(redrawnRequest({ settings: [setting], rows: [row] }));
        for (const { name } of averageSensitivity.measures) {
          expect(alone.measures[name]?.[0]).toBe(together.measures[name]?.[s * SAMPLES + row]);
        }
      }
    }
  });

  it('refuses a map that is not finite, by name', async () => {
    let turn = 0;
    const map = () => [1, turn++ > 6 ? NaN : 2];
    await expect(averageSensitivity.score(redrawnRequest({ settings: settingsFor({}), map }))).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('Sample 3 has a map') as string,
    });
  });
});
