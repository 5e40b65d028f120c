import { XaigridError } from '@xaigrid/contracts';
import { layerExplainer } from './layer-explainer.js';
import { assertFinite, constantMaps } from './map-checks.js';
import { positionsOf } from './model-layers.js';
import { weightedFeatureMaps } from './weighted-feature-maps.js';

/**
 * Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391): the feature maps of one layer, weighted by the mean gradient of the
 * class output (its probability, unless `target` or `contrast` says otherwise) over each, added up, cut off below 0 and
 * resized bilinearly to the input's positions.
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const gradCam = layerExplainer({
  method: 'grad-cam',
  version: 2,
  title: 'Grad-CAM',
  summary: 'Feature maps of one layer weighted by their mean gradient (Selvaraju et al. 2017).',
  source:
    'Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017, arXiv:1610.02391.',
  layerDescription: 'The layer whose feature maps are weighted.',
  usesGradient: true,
  passes: () => ({ forward: 0, gradient: 1 }),
  prepare: ({ engine, layer }) =>
    Promise.resolve(async (request) => {
      const { inputs, classes, contrasts, signal } = request;
      signal?.throwIfAborted();
      const [result] = await engine.gradient({ inputs, classes, contrasts, wrt: [layer], reduce: 'positions' });
      if (result === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no gradient for layer "${layer}".`);
      const maps = weightedFeatureMaps(result.activations, result.gradient.data, positionsOf(engine.model));
      assertFinite('grad-cam map', maps, request);
      return { maps, degenerate: constantMaps(maps), diagnostics: {} };
    }),
});
