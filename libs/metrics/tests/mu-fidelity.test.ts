import { readFileSync } from 'node:fs';
import { sizeOf, tensorOf } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cellsOf, muFidelity as metric } from '../src/faithfulness/mu-fidelity.js';
import { removeSubsets } from '../src/faithfulness/subsets/remove-subsets.js';
import { correlationsOf } from '../src/faithfulness/subsets/subsets.js';
import { exactMaps, mapsOf, score, smallScene } from './small-scene.js';
import { softmaxEngine } from './softmax-engine.js';

const scene = smallScene([6, 4, 2]);
const { inputs, network } = scene;
const waves = (place: number): number => Math.sin(2.1 * place);

const goldenSchema = z.object({
  cases: z.array(
    z.object({
      ...{ shape: z.array(z.number()), grid: z.number(), mapShape: z.array(z.number()), classes: z.array(z.number()) },
      ...{ inputs: z.array(z.number()), maps: z.array(z.number()), scores: z.array(z.number()) },
      subsets: z.array(z.array(z.array(z.number()))),
    }),
  ),
});

describe('MuFidelity', () => {
  it('is 1 of what each value gives to a linear output', async () => {
    const params = { grid: 3, baseline: 0.25, target: 'logit' };
    const { measures } = await score(metric, scene, { maps: exactMaps(scene, 0.25), params });
    // Logits are float32: subsets whose sums are nearer than 6e-8 may change places, and the empty one is drawn several times.
    for (const value of measures.muFidelity ?? []) expect(value).toBeCloseTo(1, 4);
    for (const value of measures.linearCorrelation ?? []) expect(value).toBeCloseTo(1, 12);
  });

  it('replaces cells of the grid as a whole, each as often as asked for', async () => {
    const params = { grid: 3, share: 0.3, subsets: 2000, baseline: 7 };
    const { copies } = await score(metric, scene, { maps: mapsOf([6, 4], waves), params });
    const counts = new Map<number, number>();
    for (const [row, copy] of copies.entries()) {
      const n = Math.floor(row / 2000);
      const cells = new Map<number, Set<boolean>>();
      for (const [at, value] of copy.entries()) {
        // Rows of 6 are cut 0 0 1 1 2 2, columns of 4 by ⌊(p + ½)·3/4⌋: 0 1 1 2.
        const [y, x] = [Math.floor(at / 8), Math.floor(at / 2) % 4];
        const cell = 3 * Math.floor(y / 2) + (x === 0 ? 0 : x === 3 ? 2 : 1);
        const out = value !== inputs.data[n * 48 + at];
        if (out) expect(value).toBe(7);
        cells.set(cell, (cells.get(cell) ?? new Set()).add(out));
      }
      for (const [cell, states] of cells) {
        expect(states.size).toBe(1);
        if (states.has(true)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
      }
    }
    // Of 6000 subsets 1800; one standard deviation is √(6000 · 0.3 · 0.7) = 35.
    expect(counts.size).toBe(9);
    for (const count of counts.values()) expect(Math.abs(count - 1800)).toBeLessThan(4 * 35);
  });

  it('is what Xplique gives for the same cells: of images, sequences and tables', async () => {
    const { cases } = goldenSchema.parse(
      JSON.parse(readFileSync(new URL('../../../tests/parity/xplique/mu_fidelity.json', import.meta.url), 'utf8')),
    );
    expect(cases.length).toBe(6);
    for (const { shape, grid, mapShape, classes, subsets, scores, ...values } of cases) {
      const { engine, predict } = softmaxEngine(shape, 3);
      const golden = tensorOf(Float32Array.from(values.inputs), [classes.length, ...shape]);
      const maps = tensorOf(Float32Array.from(values.maps), [classes.length, ...mapShape]);
      expect(maps.data.length).toBe(classes.length * sizeOf(mapShape));
      const outputs = predict(golden);
      const found = await removeSubsets(
        { engine, inputs: golden, maps, classes: Int32Array.from(classes) },
        {
          ...{ units: cellsOf(shape, grid), subsets: subsets[0]?.length ?? 0, baseline: 'zero', target: 'probability' },
          whole: Float64Array.from(classes, (c, n) => outputs.data[n * 3 + c] ?? NaN),
          drawerOf: (sample) => {
            let next = 0;
            return () => subsets[sample]?.[next++] ?? [];
          },
        },
      );
      // Ranks: both compute in float32, and no two changes are so near that they change places.
      scores.forEach((value, n) => expect(correlationsOf(found[n] ?? expect.fail()).ranks).toBeCloseTo(value, 12));
    }
  });

  it('depends neither on which samples are scored together nor on the settings beside', async () => {
    const maps = mapsOf([6, 4], waves);
    const together = await score(metric, scene, { maps, params: { grid: [2, 3], subsets: 20 } });
    for (const [s, grid] of [2, 3].entries()) {
      const alone = await score(metric, scene, { maps, params: { grid, subsets: 20 }, rows: [2] });
      expect(alone.measures.muFidelity?.[0]).toBe(together.measures.muFidelity?.[s * 3 + 2]);
    }
  });

  it('counts a map that gives nothing to anything as 0, and refuses one that is not finite', async () => {
    const zero = await score(metric, scene, { maps: mapsOf([6, 4], () => 0), params: {} });
    expect([...(zero.measures.muFidelity ?? [])]).toEqual([0, 0, 0]);
    expect([...(zero.measures.constant ?? [])]).toEqual([1, 1, 1]);
    await expect(
      score(metric, scene, { maps: mapsOf([6, 4], (at) => (at === 25 ? NaN : at)), params: {} }),
    ).rejects.toMatchObject({
      ...{ code: 'NOT_FINITE', message: expect.stringContaining('Sample 101 has a map') as string },
    });
    expect(metric.settings(metric.params.parse({}), network.engine.model)).toEqual([
      { grid: 9, share: 0.2, subsets: 200, baseline: 'zero' },
    ]);
  });
});
