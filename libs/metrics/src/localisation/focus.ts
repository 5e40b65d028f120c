import { defineMetric } from '../define-metric.js';
import { settingRules } from '../setting-rules.js';
import { massOf, regionMeasures, scoreByRegion } from './regions.js';

const METRIC = 'focus';

/**
 * The share of a map's positive relevance in the tiles of a mosaic that show the class: R⁺ in the two tiles / R⁺ in all four
 * (Arias-Duart et al. 2022, "Focus! Rating XAI methods and finding biases", FUZZ-IEEE, arXiv:2109.15035). Data sets of kind
 * `mosaic` combine four samples of another data set and know the tiles of the class. Maps must explain the class of the mosaic,
 * its label: `explainedClass: label`. The channels of a map are summed first. localisation/focus.py of Quantus 0.6.0 is the same
 * except that it adds 10⁻⁹ to the sum.
 *
 * Measures per sample: `focus`; `regionArea`, ½; `noMass` 1 if no value is positive; such a map gets 0; `noRegion`.
 */
export const focus = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Focus',
  category: 'localisation',
  source:
    'Arias-Duart et al., Focus! Rating XAI methods and finding biases, FUZZ-IEEE 2022, arXiv:2109.15035; Focus of Quantus 0.6.0.',
  summary: 'Of a mosaic of four samples, the share of a map’s positive relevance in the tiles that show the class.',
  rules: settingRules({}),
  needsRegions: true,
  headline: 'focus',
  measures: [
    {
      ...{ name: 'focus', aggregate: 'mean', title: 'Focus', direction: 'higher', role: 'result' },
      meaning: 'The share of a map’s positive relevance in the tiles of a mosaic that show the class.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    regionMeasures.regionArea,
    regionMeasures.noMass,
    regionMeasures.noRegion,
  ],
  // Inputs, maps and regions.
  tensors: 3,
  score: (request, settings) =>
    scoreByRegion(METRIC, request, settings, {
      valuesOf: () => 'positive',
      of: ({ values, region, area }) => {
        const { total, inside } = massOf(values, region);
        return {
          focus: total > 0 ? inside / total : 0,
          regionArea: area / region.length,
          noMass: total > 0 ? 0 : 1,
          noRegion: area === 0 ? 1 : 0,
        };
      },
    }),
});
