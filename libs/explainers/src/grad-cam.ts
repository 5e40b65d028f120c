import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { lastConvolution } from './last-convolution.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { featureLayerOf, positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

const params = z.strictObject({
  layer: z.string().optional().meta({ description: 'The layer whose feature maps are weighted. Default: the last convolution.' }),
});
type Params = z.infer<typeof params>;

/**
 * Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391): the feature maps of one layer, weighted by the mean gradient of the
 * class output (after softmax) over each, added up, cut off below 0 and resized bilinearly to the input's positions.
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const gradCam: Explainer<Params> = {
  method: 'grad-cam',
  version: 1,
  summary: 'Feature maps of one layer weighted by their mean gradient (Selvaraju et al. 2017).',
  params,
  defaultExplainedClass: 'predicted',
  usesBackground: false,
  samplesPerCall: (engine, { layer }) =>
    samplesWithin(
      engine,
      2 * sizeOf(featureLayerOf(engine.model, resolveLayer(layer, engine.model)).shape) + sizeOf(engine.model.inputShape),
    ),
  validate: ({ layer }, model) => {
    featureLayerOf(model, resolveLayer(layer, model));
  },
  files: () => Promise.resolve([]),
  portable: ({ layer }, model) => ({ layer: resolveLayer(layer, model) }),
  prepare: (options) => {
    gradCam.validate(options.params, options.engine.model);
    return Promise.resolve({ explain: (request) => explain(options, request), close: () => Promise.resolve() });
  },
};

function resolveLayer(layer: string | undefined, model: ModelDescription): string {
  return lastConvolution('Grad-CAM', layer, model);
}

async function explain({ engine, params }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { inputs, classes, signal } = request;
  signal?.throwIfAborted();
  const layer = resolveLayer(params.layer, engine.model);
  const [result] = await engine.gradient({ inputs, classes, wrt: [layer], reduce: 'positions' });
  if (result === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no gradient for layer "${layer}".`);
  const maps = weightedFeatureMaps(result.activations, result.gradient.data, positionsOf(engine.model));
  assertFinite('grad-cam map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
