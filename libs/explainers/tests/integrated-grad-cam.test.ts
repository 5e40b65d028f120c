import type { Engine } from '@xaigrid/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { integratedGradCam } from '../src/integrated-grad-cam.js';
import { closedFormEngine } from './closed-form-engine.js';
import { mapsOf, networkGoldens } from './network-golden.js';
import { backgroundOf, explainOnce, largestDifference, mapOf, sampleInputs, sampleModel } from './sample-model.js';

const golden = networkGoldens(
  'torchray/integrated_grad_cam.json',
  z.object({ steps: z.int(), baselines: z.record(z.string(), z.number()), layers: z.record(z.string(), z.array(z.string())) }),
);
const { steps, baselines, layers } = golden.settings;

describe.each(golden.networks)('the $name network', (network) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await network.engine();
  });
  afterAll(() => engine.close());

  const cases = (layers[network.name] ?? []).flatMap((layer) =>
    Object.entries(baselines).flatMap(([name, reference]) =>
      [false, true].map((difference) => ({ layer, name, reference, difference })),
    ),
  );
  it.each(cases)('$layer from $name, difference: $difference: as the authors’ code on torchray 1.0.0.2', async (one) => {
    const { layer, name, reference, difference } = one;
    // The code adds the steps up.
    const wanted = network.map(`${layer}, ${name}, ${difference ? 'difference' : 'as it is'}`).map((value) => value / steps);
    const scale = Math.max(...wanted);
    expect(scale).toBeGreaterThan(1e-4);
    const params = { layer: `0.${layer}`, steps, rule: 'left', reference, difference };
    const found = await mapsOf(network, engine, { method: 'integrated-grad-cam', params });
    // float32 against float64. Differences of feature maps lose a digit where these change little.
    expect(largestDifference(found, wanted)).toBeLessThan(2e-6 * scale);
  });
});

describe('integrated Grad-CAM', () => {
  const shape = [8, 2];
  const request = { inputs: sampleInputs(shape, 3), classes: Int32Array.of(2, 0, 1) };
  const explain = async (output: 'linear' | 'softmax', params: object) =>
    explainOnce(
      integratedGradCam,
      {
        engine: closedFormEngine(sampleModel(shape, output)),
        background: backgroundOf(sampleInputs(shape, 2)),
        params: { layer: 'features', relu: false, ...params },
      },
      request,
    );

  it.each([true, false])('of a linear model is Σ w·(A − ½A), whatever the steps (difference: %s)', async (difference) => {
    // Gradients are constant, and feature maps grow in a straight line from those of the zeros, which are 0.
    const [few, many] = [await explain('linear', { steps: 1, difference }), await explain('linear', { steps: 9, difference })];
    expect(largestDifference(few.maps.data, many.maps.data)).toBeLessThan(1e-5);
    expect(Math.max(...few.maps.data)).toBeGreaterThan(0.01);
    const left = await explain('linear', { steps: 4, rule: 'left', difference });
    // 0, ¼, ½ and ¾ of the way, in the mean 3/8.
    expect(
      largestDifference(
        left.maps.data,
        few.maps.data.map((value) => value * 0.75),
      ),
    ).toBeLessThan(1e-5);
  });

  it('counts the feature maps of its baseline only if they are not subtracted', async () => {
    const [change, all] = [
      await explain('linear', { steps: 3, reference: 0.7 }),
      await explain('linear', { steps: 3, reference: 0.7, difference: false }),
    ];
    expect(largestDifference(change.maps.data, all.maps.data)).toBeGreaterThan(1e-3);
  });

  it('averages the maps of its baselines', async () => {
    const of = async (baseline: unknown) => (await explain('softmax', { steps: 3, baseline })).maps.data;
    const [low, high, both] = [await of(-1), await of('mean'), await of([-1, 'mean'])];
    expect(
      largestDifference(
        both,
        low.map((value, at) => (value + (high[at] ?? NaN)) / 2),
      ),
    ).toBeLessThan(1e-6);
  });

  it('cuts each point off below 0', async () => {
    const cut = await explain('softmax', { steps: 6, relu: true, baseline: { uniform: 3 } });
    const later = await explain('softmax', { steps: 6, baseline: { uniform: 3 } });
    expect(Math.min(...cut.maps.data)).toBe(0);
    expect(cut.maps.data.every((value, at) => value >= (later.maps.data[at] ?? NaN) - 1e-7)).toBe(true);
    expect(
      largestDifference(
        cut.maps.data,
        later.maps.data.map((value) => Math.max(value, 0)),
      ),
    ).toBeGreaterThan(1e-4);
  });

  it('of a sample does not depend on the others of its call', async () => {
    const engine = closedFormEngine(sampleModel(shape));
    const params = { layer: 'half', steps: 5, baseline: { uniform: 2 } };
    const sampleIndices = Int32Array.of(4, 5, 6);
    const all = await explainOnce(integratedGradCam, { engine, params, seed: 3 }, { ...request, sampleIndices });
    const last = { shape: [1, ...shape], data: request.inputs.data.slice(32) };
    const alone = { inputs: last, classes: Int32Array.of(1), sampleIndices: Int32Array.of(6) };
    expect(mapOf((await explainOnce(integratedGradCam, { engine, params, seed: 3 }, alone)).maps, 0)).toEqual(mapOf(all.maps, 2));
  });
});
