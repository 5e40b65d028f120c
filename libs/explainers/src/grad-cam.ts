import { z } from 'zod';
import { layerExplainer } from './layer-explainer.js';
import { layerGradient } from './layer-gradient.js';
import { targetParams, withTargetParams } from './target.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

/**
 * Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391): the feature maps of one layer, weighted by the mean gradient of the
 * class output (its probability, unless `target` or `contrast` says otherwise) over each, added up, cut off below 0 and
 * resized bilinearly to the input's positions.
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const gradCam = withTargetParams(
  layerExplainer({
    method: 'grad-cam',
    version: 2,
    title: 'Grad-CAM',
    summary: 'Feature maps of one layer weighted by their mean gradient (Selvaraju et al. 2017).',
    source:
      'Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017, arXiv:1610.02391.',
    layerDescription: 'The layer whose feature maps are weighted.',
    relu: true,
    params: (shared) => z.strictObject({ ...shared, ...targetParams }),
    usesGradient: true,
    passes: () => ({ forward: 0, gradient: 1 }),
    prepare:
      ({ engine, layer }) =>
      async (request) => {
        const { activations, gradient } = await layerGradient(engine, { ...request, layer, reduce: 'positions' });
        return weightedFeatureMaps(activations, gradient.data);
      },
  }),
);
