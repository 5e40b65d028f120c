import type { ModelDescription, Passes } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { lastConvolution } from './last-convolution.js';
import { channelsOf, featureLayerOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { targetParams, withTargetParams, type TargetParams } from './target.js';

export interface LayerParams extends TargetParams {
  readonly layer?: string | undefined;
}

/** How a method explains with the feature maps of one layer. `layer` is its name. */
export interface LayerMethod extends Pick<Explainer, 'method' | 'version' | 'title' | 'summary' | 'source'> {
  /** The description of the parameter `layer` in the spec. */
  readonly layerDescription: string;
  /** Like `Explainer.passes`, for a layer with this number of feature maps. */
  readonly passes: (featureMaps: number) => Passes;
  /** Whether it asks for the gradient at the layer. */
  readonly usesGradient?: boolean;
  /** @returns the function that explains requests */
  prepare(
    options: PrepareOptions<LayerParams> & { readonly layer: string },
  ): Promise<(request: ExplainRequest) => Promise<Explanation>>;
}

/** Makes an explainer from the feature maps of one layer: the last convolution, unless the spec names a layer. */
export function layerExplainer(options: LayerMethod): Explainer<LayerParams> {
  const { method, version, title, summary, source, layerDescription, usesGradient = false } = options;
  const layerOf = ({ layer }: LayerParams, model: ModelDescription): string => lastConvolution(title, layer, model);
  const validate = (params: LayerParams, model: ModelDescription) => featureLayerOf(model, layerOf(params, model));
  return withTargetParams(
    defineExplainer<LayerParams>({
      ...{ method, version, title, summary, source },
      family: 'cam',
      usesLayers: true,
      params: z.strictObject({
        layer: z
          .string()
          .optional()
          .meta({ description: `${layerDescription} Default: the last convolution.` }),
        ...targetParams,
      }),
      samplesPerCall: (engine, params) =>
        samplesWithin(engine, 2 * sizeOf(validate(params, engine.model).shape) + sizeOf(engine.model.inputShape)),
      passes: (params, model) => options.passes(channelsOf(validate(params, model))),
      validate,
      ...(usesGradient ? { needs: (params, model) => ({ gradientsOf: [layerOf(params, model)] }) } : {}),
      plannedParams: (params, model) => ({ layer: layerOf(params, model) }),
      prepare: async (prepareOptions) => {
        const { params, engine } = prepareOptions;
        const explain = await options.prepare({ ...prepareOptions, layer: layerOf(params, engine.model) });
        return { explain, close: () => Promise.resolve() };
      },
    }),
  );
}
