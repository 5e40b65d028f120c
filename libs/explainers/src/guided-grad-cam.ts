import type { ModelDescription } from '@xaigrid/engine';
import { channelsOfShape, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { camMap, camMapParams, plannedCamMap } from './cam-map.js';
import { channelsParam, joinChannels, plannedChannels, shapeWithChannels } from './channels.js';
import { defaultLayerText, layerOrDefault } from './default-layer.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { inputGradient } from './input-gradient.js';
import { layerGradient } from './layer-gradient.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { featureLayerOf, positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams } from './target.js';
import { engineOfGrids } from './token-layers.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

const params = z.strictObject({
  layer: z
    .string()
    .optional()
    .meta({ description: `The layer whose feature maps are weighted. ${defaultLayerText}` }),
  ...camMapParams(true),
  ...channelsParam,
  ...targetParams,
});
type Params = z.infer<typeof params>;

/**
 * Guided Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391, section 3.2): the map of guided backpropagation times that of
 * Grad-CAM, resized to the input's positions; a value for each channel.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up; degenerate where Grad-CAM has
 * nothing above 0.
 */
export const guidedGradCam: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'guided-grad-cam',
    title: 'Guided Grad-CAM',
    version: 1,
    summary: 'Guided backpropagation times Grad-CAM (Selvaraju et al. 2017).',
    family: 'cam',
    source:
      'Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017, arXiv:1610.02391, section 3.2.',
    params,
    usesLayers: true,
    samplesPerCall: (engine, given) =>
      samplesWithin(
        engine,
        2 * sizeOf(featureLayerOf(engine.model, layerOf(given, engine.model)).shape) + 4 * sizeOf(engine.model.inputShape),
      ),
    passes: () => ({ forward: 0, gradient: 2 }),
    mapShape: shapeWithChannels,
    validate: (given, model) => void featureLayerOf(model, layerOf(given, model)),
    // Whatever reaches the input has passed the layer.
    needs: () => ({ gradientsOf: 'input', reluRule: 'guided' }),
    plannedParams: (given, model) => ({
      layer: layerOf(given, model),
      ...plannedCamMap(given, true),
      ...plannedChannels(given.channels),
    }),
    explain,
  }),
);

function layerOf({ layer }: Params, model: ModelDescription): string {
  return layerOrDefault('Guided Grad-CAM', layer, model);
}

async function explain({ engine, params: given }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  request.signal?.throwIfAborted();
  const asked = { ...request, layer: layerOf(given, engine.model), reduce: 'positions' as const };
  const { activations, gradient } = await layerGradient(engineOfGrids(engine), asked);
  const coarse = camMap(weightedFeatureMaps(activations, gradient.data), given, positionsOf(engine.model));
  const guided = await inputGradient(engine, request, 'guided');
  const maps = joinChannels(timesPositions(guided, coarse), given.channels);
  assertFinite('guided-grad-cam map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** Values `[n, ...positions, channels]` times one number a position, `[n, ...positions]`. */
function timesPositions({ shape, data }: Tensor, { data: factors }: Tensor): Tensor {
  const channels = channelsOfShape(shape.slice(1));
  return { shape, data: data.map((value, at) => value * (factors[Math.floor(at / channels)] ?? NaN)) };
}
