import { XaigridError } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import { outputsOfReference, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { rowOutputs } from './class-outputs.js';
import type { Explainer, ExplainRequest, PrepareOptions } from './explainer.js';
import { layerExplainer, type LayerMethod, type LayerParams } from './layer-explainer.js';
import { withTargetParams, type TargetParams } from './target.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

const weightings = ['gain', 'softmax'] as const;

interface MaskCamParams extends LayerParams, TargetParams {
  readonly weights: (typeof weightings)[number];
}

/** The parameter of the methods whose feature maps are masks. */
export const weightsParam = {
  weights: z.enum(weightings).default('gain').meta({
    description:
      'How feature maps are weighted: by what the class gains over the empty input, or by the softmax of these gains over the feature maps, as in torchcam and pytorch-grad-cam.',
  }),
};

/** What is asked of a method: F of each sample behind each of its masks. */
export interface MaskCamRequest extends ExplainRequest {
  readonly engine: Engine;
  /** `[n, ...grid, channels]` */
  readonly activations: Tensor;
}

/** A method of Score-CAM's kin. */
interface MaskCam<Params extends MaskCamParams> extends Pick<
  LayerMethod<Params>,
  'method' | 'title' | 'summary' | 'source' | 'params' | 'plannedOwn'
> {
  /** How many masks a feature map gives. */
  readonly masks: (params: Params) => number;
  /** @returns F of each sample and feature map, or its mean over the masks of the feature map, `[n, channels]` */
  readonly score: (
    request: MaskCamRequest,
    options: Pick<PrepareOptions<Params>, 'params' | 'seed'>,
  ) => Promise<Float64Array<ArrayBuffer>>;
}

/** Makes an explainer whose feature maps are weighted by what the class gains when they mask the input. */
export function maskCam<Params extends MaskCamParams>({ masks, score, plannedOwn, ...own }: MaskCam<Params>): Explainer<Params> {
  return withTargetParams(
    layerExplainer<Params>({
      ...own,
      version: 1,
      layerDescription: 'The layer whose feature maps are masks.',
      relu: true,
      // The default is left out, so that maps from before the parameter existed keep their key.
      plannedOwn: (params) => ({ ...plannedOwn?.(params), ...(params.weights === 'gain' ? {} : { weights: params.weights }) }),
      // The empty input once; then the feature maps themselves and a pass for each mask.
      passes: (featureMaps, params) => ({ once: 1, forward: 1 + featureMaps * masks(params), gradient: 0 }),
      prepare: async ({ engine, layer, params, seed }) => {
        const { inputShape } = engine.model;
        const empty = await engine.predict({ shape: [1, ...inputShape], data: new Float32Array(sizeOf(inputShape)) });
        return async (request) => {
          const ofEmpty = outputsOfReference(empty.data, request);
          const [activations] = await engine.activations(request.inputs, [layer]);
          if (activations === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
          const channels = activations.shape.at(-1) ?? 1;
          const scores = await score({ ...request, engine, activations }, { params, seed });
          const gains = Float32Array.from(scores, (value, row) => value - (ofEmpty[Math.floor(row / channels)] ?? NaN));
          return weightedFeatureMaps(activations, params.weights === 'gain' ? gains : softmaxRows(gains, channels));
        };
      },
    }),
  );
}

/** F of each sample behind each of the layer's feature maps, resized and scaled to [0, 1]: `[n, channels]`. */
export async function scoresOfFeatureMaps(request: MaskCamRequest): Promise<Float64Array<ArrayBuffer>> {
  const { engine, inputs, activations } = request;
  const channels = activations.shape.at(-1) ?? 1;
  const count = (activations.shape[0] ?? 0) * channels;
  const sampleOf = Int32Array.from({ length: count }, (_, row) => Math.floor(row / channels));
  const channelOf = Int32Array.from({ length: count }, (_, row) => row % channels);
  const { outputs } = await engine.scoreMasks({
    ...{ inputs, sampleOf, baseline: 'zero' },
    masks: { maps: activations, mapOf: sampleOf, channelOf, scaled: true },
  });
  return rowOutputs(outputs, request, sampleOf);
}

/** e^v/Σe^v of each row. In float64. */
function softmaxRows(values: Float32Array, columns: number): Float64Array<ArrayBuffer> {
  const weights = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += columns) {
    const row = values.subarray(start, start + columns);
    const largest = row.reduce((most, value) => Math.max(most, value), -Infinity);
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    for (const [at, value] of row.entries()) weights[start + at] = Math.exp(value - largest) / total;
  }
  return weights;
}
