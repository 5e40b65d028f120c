import { describe, expect, it } from 'vitest';
import { paramsOf, plannedAs, versionDrawn } from '../src/method-version.js';
import { explainer } from '../src/registry.js';
import { shapDeep } from '../src/shap-deep.js';

const model = { inputShape: [4, 2], classes: 3, layers: [], saliencyLayers: [], weightSteps: [] };
const planOf = (params: unknown) => {
  const plannedParams = shapDeep.plannedParams(shapDeep.params.parse(params), model);
  return plannedAs(shapDeep, plannedParams as Record<string, string>);
};

describe('Deep SHAP by shap’s rule for softmax', () => {
  it('is planned as the version that had no other, so that its stored maps are found', () => {
    expect(planOf({ softmax: 'shap' })).toEqual({ version: 2, params: {} });
    expect(planOf({ softmax: 'shap', channels: 'sum' })).toEqual({ version: 2, params: { channels: 'sum' } });
  });

  it('is what a plan of that version says, also one made before there was a choice', () => {
    expect(paramsOf(shapDeep, { version: 2, params: { channels: 'sum' } })).toEqual({ channels: 'sum', softmax: 'shap' });
    expect(versionDrawn(shapDeep, 2)).toBe(2);
  });
});

describe('Deep SHAP by default', () => {
  it('is another version, which workers of before refuse', () => {
    const planned = planOf({});
    expect(planned).toEqual({ version: 3, params: { softmax: 'log-softmax' } });
    expect(shapDeep.params.parse(paramsOf(shapDeep, planned)).softmax).toBe('log-softmax');
    expect([versionDrawn(shapDeep, 3), versionDrawn(shapDeep, 1), versionDrawn(shapDeep, 4)]).toEqual([3, 3, 3]);
  });
});

describe('a method without earlier versions, or one that is not known here', () => {
  it('is planned as it is', () => {
    const sise = explainer('sise');
    expect(plannedAs(sise, { fusion: 'otsu' })).toEqual({ version: sise.version, params: { fusion: 'otsu' } });
    expect(paramsOf(undefined, { version: 9, params: { of: 'another release' } })).toEqual({ of: 'another release' });
  });
});
