import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { lastConvolution } from './last-convolution.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { featureLayerOf, positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

const params = z.strictObject({
  layer: z.string().optional().meta({ description: 'The layer whose feature maps are masks. Default: the last convolution.' }),
});
type Params = z.infer<typeof params>;

/**
 * Score-CAM (Wang et al. 2020, arXiv:1910.01279), by its definitions 2 and 3: each feature map of one layer, resized bilinearly
 * and scaled to [0, 1], masks the input; its weight is p_c(x ⊙ m_k) − p_c(0), what the class gains over the empty input. The map
 * is the weighted sum of the feature maps, cut off below 0 and resized. The weights go through no softmax of their own: outputs are
 * probabilities already, whose exponentials are all nearly the same.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes as many passes of the model
 * as the layer has feature maps.
 */
export const scoreCam: Explainer<Params> = {
  method: 'score-cam',
  version: 1,
  summary: 'Feature maps of one layer weighted by what the class gains from them as masks (Wang et al. 2020).',
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
  prepare: async (options) => {
    const { engine } = options;
    scoreCam.validate(options.params, engine.model);
    const { inputShape } = engine.model;
    const empty = await engine.predict({ shape: [1, ...inputShape], data: new Float32Array(sizeOf(inputShape)) });
    return { explain: (request) => explain(options, empty, request), close: () => Promise.resolve() };
  },
};

function resolveLayer(layer: string | undefined, model: ModelDescription): string {
  return lastConvolution('Score-CAM', layer, model);
}

/** @param empty the outputs on the input of zeros, `[1, classes]` */
async function explain(
  { engine, params: { layer } }: PrepareOptions<Params>,
  empty: Tensor,
  request: ExplainRequest,
): Promise<Explanation> {
  const { inputs, classes, signal } = request;
  signal?.throwIfAborted();
  const [activations] = await engine.activations(inputs, [resolveLayer(layer, engine.model)]);
  if (activations === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
  const channels = activations.shape.at(-1) ?? 1;
  const count = classes.length * channels;
  const { weights } = await engine.weightedMaskSum({
    ...{ inputs, classes, activations },
    rows: {
      sample: Int32Array.from({ length: count }, (_, row) => Math.floor(row / channels)),
      channel: Int32Array.from({ length: count }, (_, row) => row % channels),
    },
  });
  const gains = weights.map((weight, row) => weight - (empty.data[classes[Math.floor(row / channels)] ?? -1] ?? NaN));
  const maps = weightedFeatureMaps(activations, gains, positionsOf(engine.model));
  assertFinite('score-cam map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}
