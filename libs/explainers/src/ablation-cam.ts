import { XaigridError } from '@xaigrid/contracts';
import { outputsOfClasses } from '@xaigrid/tensor';
import { z } from 'zod';
import { rowOutputs } from './class-outputs.js';
import { layerExplainer } from './layer-explainer.js';
import { targetParams, withTargetParams } from './target.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

/**
 * Ablation-CAM (Desai & Ramaswamy 2020): feature maps weighted by w_k = (F − F_k)/|F|, where F_k is F with feature map k replaced
 * by zeros. The paper divides by F, which is the same where F is positive; of a negative logit, that would turn the map around.
 * Where F is 0, nothing is divided. Cut off below 0.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0. A sample takes as many passes of the model
 * as the layer has feature maps, and two.
 */
export const ablationCam = withTargetParams(
  layerExplainer({
    method: 'ablation-cam',
    version: 1,
    title: 'Ablation-CAM',
    summary: 'Feature maps of one layer, weighted by what the class loses without them (Desai & Ramaswamy 2020).',
    source:
      'Desai & Ramaswamy, Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free Localization, WACV 2020.',
    layerDescription: 'The layer whose feature maps are removed, one after the other.',
    relu: true,
    params: (shared) => z.strictObject({ ...shared, ...targetParams }),
    // The outputs and the feature maps, then a pass for each of these.
    passes: (featureMaps) => ({ forward: 2 + featureMaps, gradient: 0 }),
    prepare:
      ({ engine, layer }) =>
      async (request) => {
        const { inputs, classes, contrasts, signal } = request;
        const [activations] = await engine.activations(inputs, [layer]);
        if (activations === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no activations.`);
        const whole = outputsOfClasses(await engine.predict(inputs), classes, contrasts);
        signal?.throwIfAborted();
        const channels = activations.shape.at(-1) ?? 1;
        const count = classes.length * channels;
        const sampleOf = Int32Array.from({ length: count }, (_, row) => Math.floor(row / channels));
        const channelOf = Int32Array.from({ length: count }, (_, row) => row % channels);
        const without = rowOutputs(await engine.ablate({ inputs, layer, sampleOf, channelOf }), request, sampleOf);
        const weights = without.map((output, row) => {
          const own = whole[sampleOf[row] ?? -1] ?? NaN;
          return (own - output) / (own === 0 ? 1 : Math.abs(own));
        });
        return weightedFeatureMaps(activations, weights);
      },
  }),
);
