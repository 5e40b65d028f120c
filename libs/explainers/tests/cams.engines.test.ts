import { afterAll, describe, expect, it } from 'vitest';
import { kerasModels } from '../../engine/tests/models/keras-models.js';
import { samplesFor } from '../../engine/tests/models/samples.js';
import { closeEngines, engineFor } from '../../engine/tests/models/test-engines.js';
import { explainers } from '../src/index.js';
import { explainOnce, largestDifference } from './sample-model.js';

afterAll(closeEngines);

/** Other settings than the defaults: small ones. */
const settings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'ss-cam': { draws: 3 },
  'is-cam': { steps: 3 },
  'guided-grad-cam': { channels: 'sum' },
};
// SISE's choice of feature maps may turn on rounding; its own tests compare engines.
const methods = explainers.filter(({ family, method }) => family === 'cam' && method !== 'sise');

describe.each(kerasModels.map((model) => ({ model, name: model.name })))('on $name', ({ model }) => {
  it.each(methods.map((method) => ({ name: method.method, method })))('$name is the same on both engines', async ({ method }) => {
    const inputs = samplesFor(model, 3, 6);
    const classes = Int32Array.of(0, 1, 2);
    const [ours, theirs] = [await engineFor('onnxruntime', model), await engineFor('tensorflow', model)];
    // With the sign: what is cut off is compared too.
    const options = { params: { relu: false, ...settings[method.method] } };
    const first = await explainOnce(method, { engine: ours, ...options }, { inputs, classes });
    const second = await explainOnce(method, { engine: theirs, ...options }, { inputs, classes });
    expect(first.maps.shape).toEqual([3, ...model.inputShape.slice(0, -1)]);
    const scale = Math.max(...first.maps.data.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    // Two libraries in float32, there and back through up to ten layers.
    expect(largestDifference(first.maps.data, second.maps.data) / scale).toBeLessThan(1e-4);
    expect(second.degenerate).toEqual(first.degenerate);
  });
});
