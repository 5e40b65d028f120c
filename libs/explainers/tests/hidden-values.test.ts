import { describe, expect, it } from 'vitest';
import { explainer } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, largestDifference, sampleInputs, sampleModel } from './sample-model.js';

const inputShape = [8, 2];
const engine = closedFormEngine(sampleModel(inputShape));
const request = { inputs: sampleInputs(inputShape, 2), classes: Int32Array.of(0, 2) };
const settings: Readonly<Record<string, object>> = {
  rise: { draws: 12 },
  lime: { draws: 12 },
  sobol: { draws: 4 },
  hsic: { draws: 8 },
};
const methods = ['occlusion', 'feature-ablation', 'rise', 'lime', 'sobol', 'hsic'];
const explain = async (method: string, baseline: unknown, background?: ReturnType<typeof backgroundOf>) => {
  const params = { ...settings[method], baseline };
  return (await explainOnce(explainer(method), { engine, params, ...(background && { background }) }, request)).maps.data;
};

describe.each(methods)('%s', (method) => {
  it('hides by the mean of the background: here, of values around 0.3', async () => {
    const offsets = [-0.25, 0.05, 0.2];
    const references = Float32Array.from(
      { length: 48 },
      (_, at) => 0.3 + (offsets[Math.floor(at / 16)] ?? NaN) * (1 + (at % 16)),
    );
    const mean = backgroundOf({ shape: [3, ...inputShape], data: references });
    const wanted = await explain(method, 0.3);
    // The mean of three float32 numbers is not quite 0.3.
    expect(largestDifference(await explain(method, 'background-mean', mean), wanted)).toBeLessThan(1e-5);
    expect(largestDifference(await explain(method, 0), wanted)).toBeGreaterThan(1e-4);
  });

  it('reads the background with that baseline only, and once', async () => {
    const found = explainer(method);
    const needs = (given: object) => found.needsBackground?.(found.params.parse(given));
    expect([found.usesBackground, needs({}), needs({ baseline: 'mean' }), needs({ baseline: 'background-mean' })]).toEqual([
      ...[true, false, false, true],
    ]);
    await expect(explain(method, 'background-mean')).rejects.toThrow('needs a background of at least one reference');
    let loaded = 0;
    const references = sampleInputs(inputShape, 3);
    const load = () => {
      loaded++;
      return Promise.resolve(references);
    };
    await explain(method, 'background-mean', { size: 3, load });
    expect(loaded).toBe(1);
  });
});

it('occlusion hides by the mean of a box, which of one position is the sample itself', async () => {
  expect((await explain('occlusion', { boxBlur: 1 })).every((value) => value === 0)).toBe(true);
  expect(largestDifference(await explain('occlusion', { boxBlur: 3 }), await explain('occlusion', 'mean'))).toBeGreaterThan(1e-3);
});
