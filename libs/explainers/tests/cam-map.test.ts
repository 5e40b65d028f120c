import { describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { explainOnce, sampleInputs, sampleModel } from './sample-model.js';

const engine = closedFormEngine(sampleModel([8, 2], 'linear'));
const request = { inputs: sampleInputs([8, 2], 2), classes: Int32Array.of(0, 2) };
const mapsOf = async (params: object) =>
  (await explainOnce(explainer('grad-cam'), { engine, params: { layer: 'half', ...params } }, request)).maps.data;

describe('how the map of a layer becomes that of a sample', () => {
  it('relu: false keeps what is below 0, and is then resized', async () => {
    const signed = await mapsOf({ relu: false, resize: 'nearest' });
    expect(Math.min(...signed)).toBeLessThan(0);
    expect([...(await mapsOf({ resize: 'nearest' }))]).toEqual([...signed].map((value) => Math.max(value, 0)));
  });

  it('resize: nearest repeats values, and corners puts the outermost on the borders', async () => {
    const nearest = await mapsOf({ resize: 'nearest' });
    const corners = await mapsOf({ resize: 'corners' });
    for (const start of [0, 8]) {
      const low = [0, 1, 2, 3].map((at) => nearest[start + 2 * at] ?? NaN);
      expect([...nearest.subarray(start, start + 8)]).toEqual(low.flatMap((value) => [value, value]));
      const between = (at: number) => {
        const [low0, low1] = [low[Math.floor(at)] ?? NaN, low[Math.min(3, Math.floor(at) + 1)] ?? NaN];
        return low0 + (at - Math.floor(at)) * (low1 - low0);
      };
      // Rounded once to float32.
      for (let at = 0; at < 8; at++) expect(corners[start + at]).toBeCloseTo(between((at * 3) / 7), 6);
    }
  });

  it('resize: cubic goes smoothly through the centres of cells', async () => {
    const [nearest, cubic] = [await mapsOf({ relu: false, resize: 'nearest' }), await mapsOf({ relu: false, resize: 'cubic' })];
    for (const start of [0, 8]) {
      const [a = NaN, b = NaN, c = NaN, d = NaN] = [0, 1, 2, 3].map((at) => nearest[start + 2 * at]);
      // A quarter behind the second of four values: Keys 1981 with a = −0.5 at distances of 1.25, 0.25, 0.75 and 1.75.
      const wanted = -0.0703125 * a + 0.8671875 * b + 0.2265625 * c - 0.0234375 * d;
      expect(cubic[start + 3]).toBeCloseTo(wanted, 6);
      expect(cubic[start + 4]).toBeCloseTo(-0.0703125 * d + 0.8671875 * c + 0.2265625 * b - 0.0234375 * a, 6);
    }
  });

  it('scaled: true stretches each map from 0 to 1', async () => {
    const [plain, scaled] = [await mapsOf({ relu: false }), await mapsOf({ relu: false, scaled: true })];
    for (const start of [0, 8]) {
      const own = [...plain.subarray(start, start + 8)];
      const [low, high] = [Math.min(...own), Math.max(...own)];
      for (const [at, value] of own.entries()) expect(scaled[start + at]).toBeCloseTo((value - low) / (high - low), 6);
    }
  });

  it('is no part of the key unless it is another than the default of the method', () => {
    const planned = (method: string, params: object) =>
      explainer(method).plannedParams(explainer(method).params.parse(params), engine.model);
    expect(planned('grad-cam', {})).toEqual({ layer: 'features' });
    expect(planned('score-cam', { relu: true, resize: 'half-pixel', scaled: false })).toEqual({ layer: 'features' });
    expect(planned('grad-cam', { relu: false, resize: 'nearest', scaled: true })).toEqual({
      ...{ layer: 'features', relu: false, resize: 'nearest', scaled: true },
    });
    expect(planned('layer-cam', { resize: 'cubic' })).toEqual({ layer: 'features', resize: 'cubic' });
    expect(planned('hires-cam', { relu: true })).toEqual({ layer: 'features', relu: true });
    expect(planned('hires-cam', { relu: false })).toEqual({ layer: 'features' });
  });
});
