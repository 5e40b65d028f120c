import { XaigridError } from '@xaigrid/contracts';
import { outputsOfReference, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { rowOutputs } from './class-outputs.js';
import { layerExplainer } from './layer-explainer.js';
import { targetParams, withTargetParams } from './target.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

/**
 * Score-CAM (Wang et al. 2020, arXiv:1910.01279), by its definitions 2 and 3: each feature map of one layer, resized bilinearly
 * and scaled to [0, 1], masks the input; its weight is F(x ⊙ m_k) − F(0), F = p_c by default: what the class gains over the empty
 * input. The map is the weighted sum of the feature maps, cut off below 0 and resized. The weights go through no softmax of their
 * own: outputs are probabilities already, whose exponentials are all nearly the same.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes as many passes of the model
 * as the layer has feature maps.
 */
export const scoreCam = withTargetParams(
  layerExplainer({
    method: 'score-cam',
    version: 1,
    title: 'Score-CAM',
    summary: 'Feature maps of one layer, weighted by what the class gains when they mask the input (Wang et al. 2020).',
    source:
      'Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks, CVPRW 2020, arXiv:1910.01279, definitions 2 and 3.',
    layerDescription: 'The layer whose feature maps are masks.',
    relu: true,
    params: (shared) => z.strictObject({ ...shared, ...targetParams }),
    // The empty input once; then the feature maps themselves and a pass for each.
    passes: (featureMaps) => ({ once: 1, forward: 1 + featureMaps, gradient: 0 }),
    prepare: async ({ engine, layer }) => {
      const { inputShape } = engine.model;
      const empty = await engine.predict({ shape: [1, ...inputShape], data: new Float32Array(sizeOf(inputShape)) });
      return async (request) => {
        const { inputs, classes } = request;
        const ofEmpty = outputsOfReference(empty.data, request);
        const [activations] = await engine.activations(inputs, [layer]);
        if (activations === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
        const channels = activations.shape.at(-1) ?? 1;
        const count = classes.length * channels;
        const sampleOf = Int32Array.from({ length: count }, (_, row) => Math.floor(row / channels));
        const channelOf = Int32Array.from({ length: count }, (_, row) => row % channels);
        const { outputs } = await engine.scoreMasks({
          ...{ inputs, sampleOf, baseline: 'zero' },
          masks: { maps: activations, mapOf: sampleOf, channelOf, scaled: true },
        });
        const weights = rowOutputs(outputs, request, sampleOf);
        const gains = Float32Array.from(weights, (weight, row) => weight - (ofEmpty[sampleOf[row] ?? -1] ?? NaN));
        return weightedFeatureMaps(activations, gains);
      };
    },
  }),
);
