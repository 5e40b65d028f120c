import type { PlannedEvaluation } from '@xaigrid/contracts';
import type { Engine, ModelDescription } from '@xaigrid/engine';
import { expect, it } from 'vitest';
import { prepareExplainer, type ExplainerContext } from '../src/prepare-explainer.js';

const nothing = () => Promise.reject(new TypeError('It is not asked for.'));
const context: ExplainerContext = {
  modelsAndDatasets: { dataset: nothing, model: nothing, modelVariant: nothing, close: nothing },
  filePath: nothing,
};

/** A plan of a method with these parameters, and an engine on a model with one layer of feature maps. */
function asked(method: string, params: object) {
  const layers = [{ name: 'maps', shape: [4, 4, 2] }];
  const model = { inputShape: [4, 4, 1], classes: 3, layers, saliencyLayers: ['maps'] } as unknown as ModelDescription;
  const plan = { explainer: { method, version: 2, params, files: [] }, seed: 0 } as unknown as PlannedEvaluation;
  return [context, plan, { model } as unknown as Engine] as const;
}

it.each([
  ['grad-cam', { layer: 'head' }, 'LAYER_NOT_FOUND'],
  ['gradient', { target: 'logit' }, 'OPERATION_UNSUPPORTED'],
  ['gradient', { contrast: 3 }, 'SPEC_INVALID'],
])('refuses parameters of %s that do not fit the model before it prepares: %j', async (method, params, code) => {
  await expect(prepareExplainer(...asked(method, params))).rejects.toMatchObject({ code });
});
