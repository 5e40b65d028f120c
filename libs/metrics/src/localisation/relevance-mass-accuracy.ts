import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { valuesMeaning, valuesSchema } from '../maps/position-values.js';
import { settingRules } from '../setting-rules.js';
import { massOf, regionMeasures, scoreByRegion, valuesOf } from './regions.js';

const METRIC = 'relevance-mass-accuracy';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description: 'The default of values. paper: positive. quantus: signed.',
    }),
    values: valuesSchema.optional().meta({ description: `${valuesMeaning} Default: positive; with definition quantus, signed.` }),
  },
  { several: ['definition', 'values'], complete: (setting) => ({ ...setting, values: valuesOf(setting) }) },
);

/**
 * The share of a map's relevance inside the region: Σ R inside / Σ R (Arras et al. 2022, "CLEVR-XAI: a benchmark dataset for the
 * ground truth evaluation of neural network explanations", Information Fusion 81, arXiv:2003.07258). The paper first pools a
 * position's channels into one number ≥ 0; `values` offers three of its poolings.
 *
 * `quantus` (localisation/relevance_mass_accuracy.py of Quantus 0.6.0) sums signed values: the share may be negative, or larger
 * than 1.
 *
 * Measures per sample: `massAccuracy`; `regionArea`; `noMass` 1 if Σ R is 0; such a map gets 0; `noRegion`.
 */
export const relevanceMassAccuracy = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Relevance mass accuracy',
  category: 'localisation',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 81 (2022), arXiv:2003.07258; RelevanceMassAccuracy of Quantus 0.6.0.',
  summary: 'The share of a map’s relevance that lies inside the region that makes the class.',
  rules,
  needsRegions: true,
  headline: 'massAccuracy',
  measures: [
    {
      ...{ name: 'massAccuracy', aggregate: 'mean', title: 'Relevance mass accuracy', direction: 'higher', role: 'result' },
      meaning: 'The share of a map’s relevance that lies inside the region; of signed values it may be any number.',
      range: {},
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
      valuesOf,
      of: ({ values, region, area }) => {
        const { total, inside } = massOf(values, region);
        return {
          massAccuracy: total === 0 ? 0 : inside / total,
          regionArea: area / region.length,
          noMass: total === 0 ? 1 : 0,
          noRegion: area === 0 ? 1 : 0,
        };
      },
    }),
});
