import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy, rowsOf } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

/*
 * Every method on images with three channels, whose maps have a closed form for a linear model: its gradient G[h, w, i] is
 * Σ_k mix[i][k]·head[h·width + w][k][c] wherever it is taken.
 */
const INPUT_SHAPE = [4, 6, 3];
const model = sampleModel(INPUT_SHAPE, 'linear');
const engine = closedFormEngine(model);
const inputs = sampleInputs(INPUT_SHAPE, 2);
const classes = Int32Array.of(2, 1);
const references = rowsOf(sampleInputs(INPUT_SHAPE, 6), 2, 6);
const SIZE = 72;

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const add = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const at = (values: ArrayLike<number>, index: number) => values[index] ?? NaN;

function gradientOf(c: number): number[] {
  return range(SIZE).map((value) => {
    const [t, i] = [Math.floor(value / 3), value % 3];
    return add(range(4).map((k) => (model.mix[i]?.[k] ?? NaN) * (model.head[t]?.[k]?.[c] ?? NaN)));
  });
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xaigrid-images-'));
  writeFileSync(join(folder, 'maps.npy'), encodeNpy(references));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type ClosedForm = (x: readonly number[], gradient: readonly number[], sample: number) => number[];

const methods: readonly { method: string; params?: Record<string, unknown>; references?: number; closedForm: ClosedForm }[] = [
  { method: 'gradient', closedForm: (_, gradient) => gradient.map(Math.abs) },
  { method: 'gradient', params: { absolute: false }, closedForm: (_, gradient) => [...gradient] },
  { method: 'input-x-gradient', closedForm: (x, gradient) => gradient.map((g, i) => g * at(x, i)) },
  {
    method: 'integrated-gradients',
    params: { steps: 7, reference: 0.25 },
    closedForm: (x, gradient) => gradient.map((g, i) => g * (at(x, i) - 0.25)),
  },
  {
    method: 'shap-deep',
    references: 4,
    closedForm: (x, gradient) =>
      gradient.map((g, i) => g * (at(x, i) - add(range(4).map((r) => at(references.data, r * SIZE + i))) / 4)),
  },
  {
    method: 'shap-gradient',
    params: { draws: 5, sampling: 'stratified' },
    references: 1,
    closedForm: (x, gradient) => gradient.map((g, i) => g * (at(x, i) - at(references.data, i))),
  },
  { method: 'stored', params: { path: 'maps.npy' }, closedForm: (_x, _gradient, sample) => mapOf(references, sample) },
];

describe.each(methods)('$method of images, $params', ({ method, params = {}, references: count, closedForm }) => {
  const explain = (more: Record<string, unknown>) =>
    explainOnce(
      explainer(method),
      {
        engine,
        params: { ...params, ...more },
        filePaths: [join(folder, 'maps.npy')],
        ...(count === undefined
          ? {}
          : { background: backgroundOf({ shape: [count, ...INPUT_SHAPE], data: references.data.slice(0, count * SIZE) }) }),
      },
      { inputs, classes },
    );

  it.each([
    { channels: 'keep', shape: [4, 6, 3], join: (map: readonly number[]) => [...map] },
    { channels: 'sum', shape: [4, 6], join: (map: readonly number[]) => channelSums(map) },
    { channels: 'sum-absolute', shape: [4, 6], join: (map: readonly number[]) => channelSums(map.map(Math.abs)) },
  ])('draws the closed form, channels: $channels', async ({ channels, shape, join: joined }) => {
    const { maps, degenerate, diagnostics } = await explain({ channels });
    expect(maps.shape).toEqual([2, ...shape]);
    expect(degenerate).toEqual([false, false]);
    for (const [sample, c] of classes.entries()) {
      const wanted = joined(closedForm(mapOf(inputs, sample), gradientOf(c), sample));
      // A few float32 roundings of values below 8.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(2e-6);
    }
    // What adds up is the attribution of every value, also where channels are joined as absolute values; float32 sums of 72 values.
    for (const error of diagnostics.additivityError ?? []) expect(error).toBeLessThan(2e-5);
  });

  it('keeps the key it had before channels could be added up', () => {
    const chosen = explainer(method);
    const plannedParams = (more: unknown) => chosen.plannedParams(chosen.params.parse(more), engine.model);
    expect(plannedParams(params)).not.toHaveProperty('channels');
    expect(plannedParams({ ...params, channels: 'sum' })).toHaveProperty('channels', 'sum');
  });
});

function channelSums(map: readonly number[]): number[] {
  return range(SIZE / 3).map((t) => add(map.slice(3 * t, 3 * t + 3)));
}

describe('methods whose maps have no channels, of images', () => {
  it('Grad-CAM is the positive part of the feature maps weighted by their mean gradients', async () => {
    const { maps } = await explainOnce(explainer('grad-cam'), { engine }, { inputs, classes });
    expect(maps.shape).toEqual([2, 4, 6]);
    for (const [sample, c] of classes.entries()) {
      const x = mapOf(inputs, sample);
      const wanted = range(24).map((t) => {
        const terms = range(4).map((k) => {
          const alpha = add(range(24).map((s) => model.head[s]?.[k]?.[c] ?? NaN)) / 24;
          return alpha * add(range(3).map((i) => at(x, 3 * t + i) * (model.mix[i]?.[k] ?? NaN)));
        });
        return Math.max(0, add(terms));
      });
      // float32 activations and gradients of size about 1.
      expect(largestDifference(mapOf(maps, sample), wanted)).toBeLessThan(5e-7);
    }
  });

  it('random maps have one number a position', async () => {
    const { maps } = await explainOnce(explainer('random'), { engine }, { inputs, classes });
    expect(maps.shape).toEqual([2, 4, 6]);
    expect(new Set(maps.data).size).toBe(48);
  });

  it('stored maps without channels stay as they are, whatever is to become of channels', async () => {
    const path = join(folder, 'positions.npy');
    const positions = { shape: [2, 4, 6], data: sampleInputs([4, 6], 2).data };
    writeFileSync(path, encodeNpy(positions));
    const { maps } = await explainOnce(
      explainer('stored'),
      { engine, params: { path, channels: 'sum-absolute' }, filePaths: [path] },
      { inputs, classes },
    );
    expect(maps).toEqual(positions);
  });
});
