import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { valuesMeaning, valuesSchema } from '../maps/position-values.js';
import { settingRules } from '../setting-rules.js';
import { highestInside } from './highest-inside.js';
import { regionMeasures, scoreByRegion, tiedRanks, valuesOf } from './regions.js';

const METRIC = 'relevance-rank-accuracy';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'paper: positive values; equal values give the mean over all their orders. quantus: signed values; of equal values the first in the map are taken.',
    }),
    values: valuesSchema.optional().meta({ description: `${valuesMeaning} Default: positive; with definition quantus, signed.` }),
  },
  { several: ['definition', 'values'], complete: (setting) => ({ ...setting, values: valuesOf(setting) }) },
);

/**
 * The share of the K highest-ranked positions that lies inside the region, with K the number of positions in the region (Arras et
 * al. 2022, "CLEVR-XAI", Information Fusion 81, arXiv:2003.07258). The paper first pools a position's channels into one number ≥
 * 0; `values` offers three of its poolings. If values tie, it is the mean over all orders of them, so a constant map gets the
 * region's share of the positions.
 *
 * `quantus` (localisation/relevance_rank_accuracy.py of Quantus 0.6.0): signed values, ties in the order of the positions.
 * Quantus leaves ties to `np.argsort`, which is not stable.
 *
 * Measures per sample: `rankAccuracy`; `regionArea`; `ties` 1 if values tie at the K-th rank; `noRegion` 1 if K is 0; such a
 * sample gets 0.
 */
export const relevanceRankAccuracy = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Relevance rank accuracy',
  category: 'localisation',
  source: 'Arras et al., CLEVR-XAI, Information Fusion 81 (2022), arXiv:2003.07258; RelevanceRankAccuracy of Quantus 0.6.0.',
  summary: 'The share of the highest-ranked positions, as many as the region has, that lies inside the region.',
  rules,
  needsRegions: true,
  headline: 'rankAccuracy',
  measures: [
    {
      ...{ name: 'rankAccuracy', aggregate: 'mean', title: 'Relevance rank accuracy', direction: 'higher', role: 'result' },
      meaning: 'The share of the highest-ranked positions, as many as the region has, that lies inside the region.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    regionMeasures.regionArea,
    tiedRanks,
    regionMeasures.noRegion,
  ],
  // Inputs, maps and regions.
  tensors: 3,
  score: (request, settings) =>
    scoreByRegion(METRIC, request, settings, {
      valuesOf,
      of: ({ values, region, area }, { definition }) => {
        const rule = definition === 'quantus' ? 'first' : 'expected';
        const { inside, tied } = area === 0 ? { inside: 0, tied: false } : highestInside({ values, region }, area, rule);
        return {
          rankAccuracy: area === 0 ? 0 : inside / area,
          regionArea: area / region.length,
          ties: tied ? 1 : 0,
          noRegion: area === 0 ? 1 : 0,
        };
      },
    }),
});
