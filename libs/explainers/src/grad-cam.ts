import { XaigridError } from '@xaigrid/contracts';
import type { LayerGradient, ModelDescription } from '@xaigrid/engine';
import { resizeBilinear, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { featureLayerOf, featureLayersOf, positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';

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
  if (layer !== undefined) return layer;
  const last = featureLayersOf(model).findLast(({ kind }) => kind.includes('Conv'));
  if (last !== undefined) return last.name;
  throw new XaigridError(
    'LAYER_NOT_FOUND',
    `The model has no convolution for Grad-CAM to start from: name "layer". Layers: ${model.layers.map(({ name }) => name).join(', ')}.`,
  );
}

async function explain({ engine, params }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const { inputs, classes, signal } = request;
  signal?.throwIfAborted();
  const layer = resolveLayer(params.layer, engine.model);
  const [result] = await engine.gradient({ inputs, classes, wrt: [layer], reduce: 'positions' });
  if (result === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no gradient for layer "${layer}".`);
  const positions = positionsOf(engine.model);
  const resized = resizeBilinear(positiveSums(result), positions);
  const maps: Tensor = { shape: [inputs.shape[0] ?? 0, ...positions], data: resized.data };
  assertFinite('grad-cam map', maps, request);
  return { maps, degenerate: constantMaps(maps), diagnostics: {} };
}

/** max(Σ_k α_k·A_k, 0): `[n, ...positions, 1]`. */
function positiveSums({ activations, gradient }: LayerGradient): Tensor {
  const channels = gradient.shape[1] ?? 1;
  const places = sizeOf(activations.shape.slice(1, -1));
  const data = new Float32Array(activations.data.length / channels);
  for (let at = 0; at < data.length; at++) {
    const sample = Math.floor(at / places);
    let sum = 0;
    for (let k = 0; k < channels; k++)
      sum += (gradient.data[sample * channels + k] ?? NaN) * (activations.data[at * channels + k] ?? NaN);
    data[at] = Math.max(sum, 0);
  }
  return { shape: [...activations.shape.slice(0, -1), 1], data };
}
