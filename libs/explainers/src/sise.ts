import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { extremesOf, minMaxScale, rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineExplainer } from './define-explainer.js';
import type { Explainer, ExplainRequest, Explanation, PrepareOptions } from './explainer.js';
import { assertFinite } from './map-checks.js';
import { channelsOf, featureLayerOf, noLayer, positionsOf } from './model-layers.js';
import { samplesWithin } from './samples-per-call.js';
import { fuse, fusions } from './sise/fusion.js';
import { keptFeatureMaps, selections } from './sise/kept-feature-maps.js';
import { targetParams, withTargetParams } from './target.js';
import { engineOfGrids } from './token-layers.js';

const fields = z.strictObject({
  layers: z.array(z.string()).min(1).optional().meta({
    description: 'Layers whose feature maps are used. Default: the input of every pooling layer, or the last convolution.',
  }),
  gradientThreshold: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .meta({ description: 'μ: feature maps are used if their mean gradient is above μ times the largest one.' }),
  selection: z.enum(selections).default('threshold').meta({
    description:
      "How feature maps are chosen: with a gradient above gradientThreshold, or, as in Ada-SISE, above Otsu's threshold among the positive gradients.",
  }),
  maskBudget: z.int().min(1).optional().meta({
    description:
      'The largest number of feature maps per layer and sample; those with the largest gradients are used. Default: all.',
  }),
  fusion: z
    .enum(fusions)
    .default('otsu')
    .meta({ description: "How the maps of several layers are combined: weighted by a step at Otsu's threshold, or multiplied." }),
  ...targetParams,
});
const params = fields.refine(({ selection, gradientThreshold }) => selection === 'threshold' || gradientThreshold === 0, {
  path: ['gradientThreshold'],
  message: 'belongs to selection: threshold, because selection: otsu finds its own threshold. Leave out one of them.',
});
type Params = z.infer<typeof params>;

/**
 * SISE, semantic input sampling for explanation (Sattarzadeh et al., "Explaining Convolutional Neural Networks through
 * Attribution-Based Input Sampling and Block-Wise Feature Aggregation", AAAI 2021, arXiv:2010.00672).
 *
 * In each layer, the feature maps that raise the class output (mean gradient α_k > μ·max α_k) become masks on the input. The
 * layer's map V is the sum of the masks, each weighted by F on the masked input, scaled to [0, 1]. F is the probability, unless
 * `target` or `contrast` says otherwise. The layers' maps are fused from the shallowest to the deepest.
 *
 * `selection: otsu` chooses the feature maps as Ada-SISE does (Sudhakar et al., "Ada-SISE: Adaptive Semantic Input Sampling for
 * Efficient Explanation of Convolutional Neural Networks", ICASSP 2021, arXiv:2102.07799). `maskBudget` limits the passes of the
 * model: of the chosen feature maps of a layer, those with the largest α_k stay, and among equal ones the first.
 *
 * Maps are `[n, ...positions]`, without channels. If a layer has no feature map left for a sample, or its V is the same
 * everywhere, the sample's map is zero and flagged degenerate. Diagnostics, each a number over all layers: `keptFeatureMaps`, and
 * `undecidedFeatureMaps`, those for which rounding decides whether they are kept.
 */
export const sise: Explainer<Params> = withTargetParams(
  defineExplainer<Params>({
    method: 'sise',
    title: 'SISE',
    version: 2,
    summary: 'Feature maps as input masks, scored by the model and summed (Sattarzadeh et al. 2020).',
    family: 'cam',
    source:
      'Sattarzadeh et al., Explaining Convolutional Neural Networks through Attribution-Based Input Sampling and Block-Wise Feature Aggregation, AAAI 2021, arXiv:2010.00672; selection: otsu as in Ada-SISE, Sudhakar et al., ICASSP 2021, arXiv:2102.07799.',
    usesLayers: true,
    params,
    samplesPerCall: (engine, { layers }) => {
      const values = resolveLayers(layers, engine.model).map((name) => sizeOf(featureLayerOf(engine.model, name).shape));
      return samplesWithin(
        engine,
        values.reduce((sum, size) => sum + size, sizeOf(engine.model.inputShape)),
      );
    },
    passes: ({ layers, maskBudget = Infinity }, model) => {
      const maps = resolveLayers(layers, model).map((name) => Math.min(channelsOf(featureLayerOf(model, name)), maskBudget));
      return { forward: maps.reduce((sum, count) => sum + count, 0), gradient: 1, atMost: true };
    },
    validate: ({ layers }, model) => {
      for (const name of resolveLayers(layers, model)) featureLayerOf(model, name);
    },
    needs: ({ layers }, model) => ({ gradientsOf: resolveLayers(layers, model) }),
    plannedParams: ({ layers, gradientThreshold, fusion, selection, maskBudget }, model) => ({
      layers: resolveLayers(layers, model),
      gradientThreshold,
      fusion,
      // Left out if they change nothing, so that maps from before these options existed keep their key.
      ...(selection === 'threshold' ? {} : { selection }),
      ...(maskBudget === undefined ? {} : { maskBudget }),
    }),
    explain,
  }),
);

/** The layers from the shallowest to the deepest, each once, whatever the order in the spec. */
function resolveLayers(layers: readonly string[] | undefined, model: ModelDescription): string[] {
  const named = layers?.map((name) => model.layers.find(({ aliases }) => aliases?.includes(name))?.name ?? name);
  const chosen = new Set(named ?? model.saliencyLayers);
  if (chosen.size === 0) {
    throw noLayer({ method: sise.method, lacking: 'pooling layer and no convolution', parameter: 'layers' }, model);
  }
  const known = model.layers.filter(({ name }) => chosen.delete(name)).map(({ name }) => name);
  // Names that are not in the model go last; featureLayerOf rejects them.
  return [...known, ...chosen];
}

async function explain({ engine: whole, params }: PrepareOptions<Params>, request: ExplainRequest): Promise<Explanation> {
  const engine = engineOfGrids(whole);
  const { inputs, classes, contrasts, signal } = request;
  const samples = inputs.shape[0] ?? 0;
  const layers = resolveLayers(params.layers, engine.model);
  const gradients = await engine.gradient({ inputs, classes, contrasts, wrt: layers, reduce: 'positions' });
  const keptFeatureMapCounts = new Float64Array(samples);
  const undecidedFeatureMaps = new Float64Array(samples);
  const layerMaps: Tensor[] = [];
  for (const layer of gradients) {
    signal?.throwIfAborted();
    assertFinite(`gradient of layer "${layer.of}"`, layer.gradient, request);
    const { rows, undecided } = keptFeatureMaps(layer.gradient, params);
    for (const sample of rows.sample) keptFeatureMapCounts[sample] = (keptFeatureMapCounts[sample] ?? 0) + 1;
    for (const [sample, count] of undecided.entries()) undecidedFeatureMaps[sample] = (undecidedFeatureMaps[sample] ?? 0) + count;
    const { sums } = await engine.scoreMasks({
      inputs,
      sampleOf: rows.sample,
      masks: { maps: layer.activations, mapOf: rows.sample, channelOf: rows.channel, scaled: true },
      baseline: 'zero',
      sums: { classes, contrasts },
    });
    if (sums === undefined) throw new XaigridError('INTERNAL', `${engine.name} did not sum up masks.`);
    assertFinite('sise map', sums, request);
    layerMaps.push(sums);
  }

  const positions = positionsOf(engine.model);
  const size = sizeOf(positions);
  const maps = new Float32Array(samples * size);
  const degenerate = Array.from({ length: samples }, (_, sample) => {
    const scaled = layerMaps.map((map) => minMaxScale(rowsOf(map, sample, sample + 1).data));
    // A constant V, or one without feature maps, is scaled to zeros.
    if (scaled.some(isConstant)) return true;
    const fused = fuse(scaled, params.fusion);
    if (isConstant(fused)) return true;
    maps.set(fused, sample * size);
    return false;
  });
  return {
    maps: { shape: [samples, ...positions], data: maps },
    degenerate,
    diagnostics: { keptFeatureMaps: keptFeatureMapCounts, undecidedFeatureMaps },
  };
}

function isConstant(values: Float32Array<ArrayBuffer>): boolean {
  const { min, max } = extremesOf(values);
  return min === max;
}
