import type { Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { gradient } from '../src/gradient.js';
import { explainer } from '../src/registry.js';
import { closedFormEngine } from './closed-form-engine.js';
import { backgroundOf, explainOnce, sampleInputs, sampleModel } from './sample-model.js';

const FEATURES = 6;
const table = closedFormEngine(sampleModel([FEATURES]));
const inputs = sampleInputs([FEATURES], 3);
const references = sampleInputs([FEATURES], 2);
const classes = Int32Array.of(0, 2, 1);

/** The same numbers with an axis added: a signal of one channel. */
const added = ({ shape: [rows = 0], data }: Tensor): Tensor => ({ shape: [rows, FEATURES, 1], data });
const signal: Engine = {
  ...table,
  model: { ...table.model, inputShape: [FEATURES, 1] },
  predict: ({ shape: [rows = 0], data }) => table.predict({ shape: [rows, FEATURES], data }),
};

describe('a table, whose features are positions', () => {
  it.each([
    ['shap-kernel', 'shap-kernel', {}, {}],
    ['occlusion, one feature at a time', 'occlusion', {}, { window: [1] }],
    ['occlusion of two', 'occlusion', { window: [2], stride: [1] }, { window: [2], stride: [1] }],
    ['random', 'random', {}, {}],
  ])('gets the maps of a signal of one channel: %s', async (_, name, params, paramsOfSignal) => {
    const method = explainer(name);
    const ofTable = { engine: table, params, background: backgroundOf(references) };
    const ofSignal = { engine: signal, params: paramsOfSignal, background: backgroundOf(added(references)) };
    const found = await explainOnce(method, ofTable, { inputs, classes });
    const wanted = await explainOnce(method, ofSignal, { inputs: added(inputs), classes });
    expect(found.maps.shape).toEqual([3, FEATURES]);
    expect([...found.maps.data]).toEqual([...wanted.maps.data]);
  });

  it('has one channel a feature to add up', async () => {
    const maps = async (params: unknown) => {
      const found = await explainOnce(gradient, { engine: table, params }, { inputs, classes });
      expect(found.maps.shape).toEqual([3, FEATURES]);
      return [...found.maps.data];
    };
    const signed = await maps({ absolute: false });
    expect(signed.some((value) => value < 0)).toBe(true);
    expect(await maps({ absolute: false, channels: 'sum' })).toEqual(signed);
    expect(await maps({ absolute: false, channels: 'sum-absolute' })).toEqual(signed.map(Math.abs));
  });
});
