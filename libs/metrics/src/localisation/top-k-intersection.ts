import { XaigridError } from '@xaigrid/contracts';
import { positionsOfShape, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { valuesMeaning, valuesSchema } from '../maps/position-values.js';
import { settingRules } from '../setting-rules.js';
import { highestInside } from './highest-inside.js';
import { regionMeasures, scoreByRegion, tiedRanks } from './regions.js';

const METRIC = 'top-k-intersection';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'If values are equal at the k-th rank. paper: the mean over all their orders. quantus: the first in the map are taken.',
    }),
    k: z.int().min(1).default(1000).meta({ description: 'Number of highest-ranked positions to compare with the region.' }),
    values: valuesSchema.default('signed').meta({ description: valuesMeaning }),
  },
  {
    several: ['definition', 'k', 'values'],
    complete: (setting, { inputShape }) => {
      const positions = sizeOf(positionsOfShape(inputShape));
      if (setting.k <= positions) return setting;
      throw new XaigridError(
        'SPEC_INVALID',
        `${METRIC} cannot look at the ${setting.k} highest of ${positions} positions. Give a smaller k: up to ${positions}.`,
      );
    },
  },
);

/**
 * The share of the k highest-ranked positions that lies inside the region, |T ∩ S| / k, and the same divided by the region's
 * share of the positions: the concept influence (Theiner et al. 2022, "Interpretable semantic photo geolocation", WACV,
 * arXiv:2104.14995). If values tie, it is the mean over all orders of them. `quantus` (localisation/top_k_intersection.py of
 * Quantus 0.6.0) takes them in the order of the positions; Quantus leaves ties to `np.argsort`, which is not stable. Its default
 * k = 1000 is kept.
 *
 * Measures per sample: `topKIntersection`; `conceptInfluence`; `regionArea`; `ties` 1 if values tie at the k-th rank; `noRegion`
 * 1 if the region is empty; such a sample gets 0.
 */
export const topKIntersection = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Top-k intersection',
  category: 'localisation',
  source:
    'Theiner et al., Interpretable semantic photo geolocation, WACV 2022, arXiv:2104.14995; TopKIntersection of Quantus 0.6.0.',
  summary: 'The share of the k highest-ranked positions that lies inside the region that makes the class.',
  rules,
  needsRegions: true,
  headline: 'topKIntersection',
  sweeps: [{ key: 'k', title: 'k' }],
  measures: [
    {
      ...{ name: 'topKIntersection', aggregate: 'mean', title: 'Top-k intersection', direction: 'higher', role: 'result' },
      meaning: 'The share of the k highest-ranked positions that lies inside the region.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    {
      ...{ name: 'conceptInfluence', aggregate: 'mean', title: 'Concept influence', direction: 'higher', role: 'result' },
      meaning: 'The same divided by the region’s share of the positions.',
      range: { low: 0 },
      chance: 1,
    },
    regionMeasures.regionArea,
    tiedRanks,
    regionMeasures.noRegion,
  ],
  // Inputs, maps and regions.
  tensors: 3,
  score: (request, settings) =>
    scoreByRegion(METRIC, request, settings, {
      valuesOf: ({ values }) => values,
      of: ({ values, region, area }, { definition, k }) => {
        const { inside, tied } = highestInside({ values, region }, k, definition === 'quantus' ? 'first' : 'expected');
        return {
          topKIntersection: inside / k,
          conceptInfluence: area === 0 ? 0 : ((inside / k) * region.length) / area,
          regionArea: area / region.length,
          ties: tied ? 1 : 0,
          noRegion: area === 0 ? 1 : 0,
        };
      },
    }),
});
