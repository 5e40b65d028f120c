import type { ModelDescription, Passes } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { camMap, camMapParams, plannedCamMap, type CamMapParams } from './cam-map.js';
import { defaultLayerText, layerOrDefault } from './default-layer.js';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { channelsOf, featureLayerOf, positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { engineOfGrids } from './token-layers.js';

export interface LayerParams extends CamMapParams {
  readonly layer?: string | undefined;
}

/** How a method explains with the feature maps of one layer. `layer` is its name. */
export interface LayerMethod<Params extends LayerParams> extends Pick<
  Explainer,
  'method' | 'version' | 'title' | 'summary' | 'source'
> {
  /** The description of the parameter `layer` in the spec. */
  readonly layerDescription: string;
  /** Whether maps are cut off below 0 unless the spec says otherwise. */
  readonly relu: boolean;
  /** The method's parameters: the shared ones, with its own. */
  readonly params: (shared: ReturnType<typeof sharedParams>) => z.ZodType<Params>;
  /** Like `Explainer.plannedParams`, of its own parameters. Absent: it has none. */
  readonly plannedOwn?: (params: Params) => Readonly<Record<string, unknown>>;
  /** Like `Explainer.validate`, of its own parameters. Absent: all that fit the schema do. */
  readonly validateOwn?: (params: Params, model: ModelDescription) => void;
  /** Like `Explainer.passes`, for a layer with this number of feature maps. */
  readonly passes: (featureMaps: number, params: Params, model: ModelDescription) => Passes;
  /** Whether it asks for the gradient at the layer. */
  readonly usesGradient?: boolean;
  /** @returns the function that makes the maps of the layer, `[n, ...grid]` */
  prepare(
    options: PrepareOptions<Params> & { readonly layer: string },
  ): Promise<(request: ExplainRequest) => Promise<Tensor>> | ((request: ExplainRequest) => Promise<Tensor>);
}

function sharedParams(layerDescription: string, relu: boolean) {
  return {
    layer: z
      .string()
      .optional()
      .meta({ description: `${layerDescription} ${defaultLayerText}` }),
    ...camMapParams(relu),
  };
}

/** Makes an explainer from the feature maps of one layer: that of `layerOrDefault`, unless the spec names a layer. */
export function layerExplainer<Params extends LayerParams>(options: LayerMethod<Params>): Explainer<Params> {
  const { method, version, title, summary, source, usesGradient = false } = options;
  const layerOf = ({ layer }: Params, model: ModelDescription): string => layerOrDefault(title, layer, model);
  const featureLayer = (params: Params, model: ModelDescription) => featureLayerOf(model, layerOf(params, model));
  return defineExplainer<Params>({
    ...{ method, version, title, summary, source },
    family: 'cam',
    usesLayers: true,
    params: options.params(sharedParams(options.layerDescription, options.relu)),
    samplesPerCall: (engine, params) =>
      samplesWithin(engine, 2 * sizeOf(featureLayer(params, engine.model).shape) + sizeOf(engine.model.inputShape)),
    passes: (params, model) => options.passes(channelsOf(featureLayer(params, model)), params, model),
    validate: (params, model) => {
      featureLayer(params, model);
      options.validateOwn?.(params, model);
    },
    ...(usesGradient ? { needs: (params, model) => ({ gradientsOf: [layerOf(params, model)] }) } : {}),
    plannedParams: (params, model) => ({
      layer: layerOf(params, model),
      ...plannedCamMap(params, options.relu),
      ...options.plannedOwn?.(params),
    }),
    prepare: async (prepareOptions) => {
      const { params } = prepareOptions;
      const engine = engineOfGrids(prepareOptions.engine);
      const layerMaps = await options.prepare({ ...prepareOptions, engine, layer: layerOf(params, engine.model) });
      return {
        explain: async (request) => {
          request.signal?.throwIfAborted();
          const maps = camMap(await layerMaps(request), params, positionsOf(engine.model));
          assertFinite(`${method} map`, maps, request);
          return { maps, degenerate: constantMaps(maps), diagnostics: {} };
        },
        close: () => Promise.resolve(),
      };
    },
  });
}
