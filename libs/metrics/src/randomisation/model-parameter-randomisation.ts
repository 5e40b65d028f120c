import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { redrawingOf } from '../redrawing-of.js';
import { settingRules } from '../setting-rules.js';
import { curveLists, curveShape, curveSteps } from './curve-settings.js';
import { randomisationCurves, variantsFor } from './randomisation-curves.js';

const METRIC = 'model-parameter-randomisation';
/** All settings compare the scored maps themselves. */
const mapsOf = (): null => null;

/**
 * Does a map depend on what the model has learned? Weights are randomised layer by layer, and the sample is explained again for
 * the same class. A map that stays similar explains the sample or the architecture, not the model.
 *
 * Model parameter randomisation test (MPRT) of Adebayo et al. 2018 (NeurIPS, "Sanity checks for saliency maps",
 * arXiv:1810.03292): cascading from the output (`top-down`) or one layer at a time (`independent`). Maps are compared by
 * Spearman's rank correlation, SSIM or HOG, as in the authors' notebooks. Model files do not say how weights were initialised. So
 * weights are shuffled, as Quantus 0.6.0 does with TensorFlow models, or redrawn from a normal distribution with their own mean
 * and deviation.
 *
 * Measures per sample: `randomisedSimilarity` of the two maps; `constantMaps` 1 if one of them is the same everywhere, so that
 * nothing can be compared: the similarity is then 0.
 */
export const modelParameterRandomisation = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Model parameter randomisation',
  category: 'randomisation',
  source:
    'Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, arXiv:1810.03292; weights are shuffled, as by Quantus 0.6.0 with TensorFlow, or drawn anew.',
  summary: 'How alike a map stays when the model’s weights are randomised, layer after layer.',
  rules: settingRules(curveShape, { several: [...curveLists], complete: curveSteps }),
  headline: 'randomisedSimilarity',
  sweeps: [{ key: 'layers', title: 'layers randomised' }],
  measures: [
    {
      ...{ name: 'randomisedSimilarity', aggregate: 'mean', title: 'Similarity after randomisation' },
      ...{ direction: 'lower', role: 'result' },
      meaning:
        'How alike the map is to that of the randomised model, by the similarity that is named: 1 is a map that knows nothing of the weights.',
      range: { low: -1, high: 1 },
    },
    {
      ...{ name: 'constantMaps', aggregate: 'count', title: 'Constant', role: 'check' },
      meaning: 'Samples of which one of the two maps is the same everywhere: their similarity counts as 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'one of the two maps is the same everywhere; its similarity counts as 0' },
    },
  ],
  // Inputs, maps and redrawn maps.
  tensors: 3,
  drawsAgain: (settings) => variantsFor(settings, mapsOf).length,
  score: async (request, settings) => {
    const { inputs, maps } = request;
    const { explainedClasses: classes, sampleIndices } = redrawingOf(METRIC, request);
    const { similarity, constant } = await randomisationCurves(METRIC, request, settings, {
      mapsOf,
      own: () => Promise.resolve(finiteMaps(maps, request)),
      drawn: async (draw) => finiteMaps(await draw({ inputs, classes, sampleIndices }), request),
    });
    return { measures: { randomisedSimilarity: similarity, constantMaps: constant } };
  },
});
