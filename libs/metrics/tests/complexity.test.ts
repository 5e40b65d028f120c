import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complexity } from '../src/complexity/complexity.js';
import { sparseness } from '../src/complexity/sparseness.js';
import { effectiveComplexity } from '../src/complexity/effective-complexity.js';
import type { Metric, ScoreRequest } from '../src/index.js';
import { farthest } from './region-request.js';
import { softmaxEngine } from './softmax-engine.js';

const goldens = z
  .object({
    shape: z.array(z.int()),
    samples: z.array(
      z.object({
        name: z.string(),
        channels: z.int(),
        map: z.array(z.number()),
        scores: z.record(z.string(), z.number().nullable()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../tests/parity/quantus/complexity.json', import.meta.url), 'utf8')));

/** The first setting's measures; inputs have three channels, maps as many numbers a position as they are long. */
async function score(metric: Metric, maps: readonly (readonly number[])[], params: object = {}) {
  const { measures } = await metric.score(requestOf(metric, maps, params));
  return Object.fromEntries(Object.entries(measures).map(([name, values]) => [name, [...values].slice(0, maps.length)]));
}

function requestOf(metric: Metric, maps: readonly (readonly number[])[], params: object = {}): ScoreRequest {
  const count = maps.length;
  const { engine } = softmaxEngine([...goldens.shape, 3], 2);
  const channels = (maps[0]?.length ?? 0) / 24;
  return {
    engine,
    inputs: { shape: [count, ...goldens.shape, 3], data: new Float32Array(count * 72) },
    maps: { shape: [count, ...goldens.shape, ...(channels === 1 ? [] : [channels])], data: Float32Array.from(maps.flat()) },
    predictions: { shape: [count, 2], data: new Float32Array(count * 2).fill(0.5) },
    classes: new Int32Array(count),
    seed: 0,
    settings: metric.settings(metric.params.parse(params), engine.model),
    sampleIndices: Int32Array.from(maps, (_, at) => 60 + at),
  };
}

const golden = (channels: number) => goldens.samples.filter((sample) => sample.channels === channels);
const mapsOf = (samples: ReturnType<typeof golden>) => samples.map(({ map }) => map);
const row = (...values: number[]) => Array.from({ length: 24 }, (_, at) => values[at] ?? 0);

describe('sparseness', () => {
  it('is the mean difference of two magnitudes by twice their mean: the Gini index, over all pairs', async () => {
    const samples = golden(1).filter(({ name }) => name !== 'zero');
    const wanted = mapsOf(samples).map((map) => {
      const values = map.map(Math.abs);
      const differences = values.flatMap((one) => values.map((other) => Math.abs(one - other)));
      const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
      return sum(differences) / 24 ** 2 / (2 * (sum(values) / 24));
    });
    // A sum of 576 float64.
    expect(farthest((await score(sparseness, mapsOf(samples))).sparseness, wanted)).toBeLessThan(1e-14);
  });

  it('is 0 of a constant map and of a zero map, which is counted, and 1 − 1/n of one value', async () => {
    const found = await score(sparseness, [row().fill(3), row(), row(0, -2)]);
    expect(found.sparseness).toEqual([0, 0, 23 / 24]);
    expect(found.zeroMaps).toEqual([0, 1, 0]);
  });

  it.each([[1], [3]])('by quantus is what Quantus gives, maps with %i channels', async (channels) => {
    const samples = golden(channels);
    const found = await score(sparseness, mapsOf(samples), { definition: 'quantus' });
    // Up to 72 float64 products, whose sum is of the size of their largest.
    expect(
      farthest(
        found.sparseness,
        samples.map(({ scores }) => scores.sparseness),
      ),
    ).toBeLessThan(2e-15);
  });
});

describe('complexity', () => {
  it('is ln n of a constant map, 0 of one value, ln 2 of two, and does not know signs or scale', async () => {
    const found = await score(complexity, [row().fill(-7), row(0, 5), row(0, 5, -5), row(1, 2, 3), row(-1e-9, 2e-9, -3e-9)]);
    const thirds = [1, 2, 3].reduce((sum, value) => sum - (value / 6) * Math.log(value / 6), 0);
    // The last map is rounded to float32.
    expect(farthest(found.complexity, [Math.log(24), 0, Math.log(2), thirds, thirds])).toBeLessThan(1e-7);
    expect(farthest(found.complexity?.slice(0, 4), [Math.log(24), 0, Math.log(2), thirds])).toBeLessThan(5e-15);
  });

  it('takes a zero map for a constant one, and counts it', async () => {
    const found = await score(complexity, [row()]);
    expect(farthest(found.complexity, [Math.log(24)])).toBeLessThan(5e-15);
    expect(found.zeroMaps).toEqual([1]);
  });

  it.each([[1], [3]])('by quantus is what Quantus gives, maps with %i channels', async (channels) => {
    // Of a zero map Quantus gives NaN.
    const samples = golden(channels).filter(({ scores }) => scores.complexity !== null);
    expect(golden(channels).length - samples.length).toBe(channels === 1 ? 1 : 0);
    const found = await score(complexity, mapsOf(samples), { definition: 'quantus' });
    // A sum of up to 72 float64 that add up to 4.
    expect(
      farthest(
        found.complexity,
        samples.map(({ scores }) => scores.complexity),
      ),
    ).toBeLessThan(5e-15);
  });
});

describe('effective-complexity by quantus', () => {
  it.each([[1], [3]])('is what Quantus gives, maps with %i channels, and asks no model', async (channels) => {
    const samples = golden(channels);
    const found = await score(effectiveComplexity, mapsOf(samples), { definition: 'quantus' });
    expect(found.effectiveComplexity).toEqual(samples.map(({ scores }) => scores.effectiveComplexity));
    expect(found.effectiveShare).toEqual(samples.map(({ scores, map }) => (scores.effectiveComplexity ?? NaN) / map.length));
    expect(
      effectiveComplexity.passes([{ definition: 'quantus', tolerance: 1e-5 }], requestOf(sparseness, [row()]).engine.model),
    ).toEqual({
      forward: 0,
      gradient: 0,
    });
  });
});

describe.each([sparseness, complexity, effectiveComplexity])('$metric', (metric) => {
  const params = metric === effectiveComplexity ? { definition: 'quantus' } : {};

  it('scores a sample by itself as among others', async () => {
    const maps = mapsOf(golden(1));
    const together = await score(metric, maps, params);
    for (const [at, map] of maps.entries()) {
      const alone = await score(metric, [map], params);
      expect(alone).toEqual(Object.fromEntries(Object.entries(together).map(([name, values]) => [name, [values[at]]])));
    }
  });

  it.each([[NaN], [-Infinity]])('fails a map with %d by its sample’s name', async (value) => {
    await expect(metric.score(requestOf(metric, [row(1), row(1, value)], params))).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_FINITE', message: expect.stringContaining('Sample 61 ') as string }),
    );
  });
});
