import { canonicalJson } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainer, explainers } from '../src/index.js';
import { closedFormEngine } from './closed-form-engine.js';
import { sampleModel } from './sample-model.js';

const closedForm = closedFormEngine(sampleModel([8, 2]));
/** As if its positions were tokens with attention, so that every method accepts it. */
const engine: Engine = {
  ...closedForm,
  model: {
    ...closedForm.model,
    layers: [
      ...closedForm.model.layers,
      { name: 'attention', kind: 'Softmax', shape: [2, 8, 8], attention: true, parameters: 0 },
    ],
    attention: [{ layer: 'attention', reads: 'features', sum: 'features' }],
  },
};
const least = (method: string) => (method === 'stored' ? { path: 'maps.npy' } : {});

describe('the registry', () => {
  it('finds methods by name and suggests the nearest', () => {
    expect(explainer('shap-deep').method).toBe('shap-deep');
    expect(() => explainer('shap-dep')).toThrow(
      'There is no explainer "shap-dep". Did you mean "shap-deep"? Explainers: sise, grad-cam, ',
    );
    expect(() => explainer('nothing')).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }));
  });

  it('has each method once', () => {
    const methods = explainers.map(({ method }) => method);
    expect(new Set(methods).size).toBe(methods.length);
  });

  describe.each(explainers)('$method', (method) => {
    it('has planned parameters that are canonical JSON and mean the same when parsed again', () => {
      const plannedParams = method.plannedParams(method.params.parse(least(method.method)), engine.model);
      const again = method.plannedParams(method.params.parse(plannedParams), engine.model);
      expect(canonicalJson(again)).toBe(canonicalJson(plannedParams));
    });

    it('refuses unknown parameters and has a JSON Schema', () => {
      expect(method.params.safeParse({ ...least(method.method), nonsense: 1 }).success).toBe(false);
      expect(() => z.toJSONSchema(method.params, { io: 'input' })).not.toThrow();
    });

    it('explains at least one sample and at most 1024 in a call', () => {
      const parsed = method.params.parse(least(method.method));
      const huge = {
        ...engine.model,
        inputShape: [4096, 4096, 3],
        layers: engine.model.layers.map((layer) => {
          return { ...layer, shape: layer.attention === true ? [2, 2048 ** 2, 2048 ** 2] : [2048, 2048, 64] };
        }),
      };
      expect(method.samplesPerCall(engine, parsed)).toBeLessThanOrEqual(1024);
      expect(method.samplesPerCall({ batchSize: 8, model: huge }, parsed)).toBe(1);
    });
  });
});
