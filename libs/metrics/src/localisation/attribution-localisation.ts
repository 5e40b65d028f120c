import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { valuesMeaning, valuesSchema } from '../maps/position-values.js';
import { settingRules } from '../setting-rules.js';
import { massOf, regionMeasures, scoreByRegion } from './regions.js';

const METRIC = 'attribution-localisation';

const valuesHere = valuesSchema.exclude(['signed']);

function valuesOf({
  definition,
  values = definition === 'quantus' ? 'absolute' : 'positive',
}: {
  readonly definition: 'paper' | 'quantus';
  readonly values?: z.infer<typeof valuesHere> | undefined;
}): z.infer<typeof valuesHere> {
  return values;
}

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'paper: positive values; the weighted ratio is divided by the region’s share of the positions. quantus: magnitudes; it is multiplied by that share.',
    }),
    values: valuesHere.optional().meta({ description: `${valuesMeaning} Default: positive; with definition quantus, absolute.` }),
  },
  { several: ['definition', 'values'], complete: (setting) => ({ ...setting, values: valuesOf(setting) }) },
);

/** Quantus adds this to the sum of values whose largest magnitude is 1. */
const QUANTUS_EPSILON = 1e-9;

/**
 * The share of a map's mass inside the region, μ = R_in / R_tot, and the same weighted by the size of the region, μ_w = μ · S_tot
 * / S_in, with S_in of S_tot positions inside (Kohlbrenner et al. 2020, "Towards best practice in explaining neural network
 * decisions with LRP", IJCNN, arXiv:1910.09840; R is the positive relevance).
 *
 * `quantus` (localisation/attribution_localisation.py of Quantus 0.6.0): magnitudes scaled to a largest one of 1, R_tot + 10⁻⁹,
 * and μ_w = μ · S_in / S_tot, which favours large regions. In Quantus S_tot is the number of values of all samples of a batch but
 * two; here it is the number of positions of one sample. Values are scaled by the sample's own maximum.
 *
 * Measures per sample: `attributionLocalisation`, μ; `weightedLocalisation`, μ_w; `regionArea`, `noMass`, `noRegion`.
 */
export const attributionLocalisation = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Attribution localisation',
  category: 'localisation',
  source:
    'Kohlbrenner et al., Towards best practice in explaining neural network decisions with LRP, IJCNN 2020, arXiv:1910.09840; AttributionLocalisation of Quantus 0.6.0.',
  summary: 'The share of a map’s mass inside the region that makes the class, as it is and weighted for the region’s size.',
  rules,
  needsRegions: true,
  headline: 'attributionLocalisation',
  measures: [
    {
      ...{
        name: 'attributionLocalisation',
        aggregate: 'mean',
        title: 'Attribution localisation',
        direction: 'higher',
        role: 'result',
      },
      meaning: 'The share of a map’s mass that lies inside the region.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    {
      ...{ name: 'weightedLocalisation', aggregate: 'mean', title: 'Weighted localisation', direction: 'higher', role: 'result' },
      meaning:
        'The same divided by the region’s share of the positions: 1 is what a map that knows nothing gets. By definition quantus multiplied by it.',
      range: { low: 0 },
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
      of: ({ values, region, area }, { definition }) => {
        const { total, inside } = massOf(values, region);
        const share = area / region.length;
        const largest = values.reduce((most, value) => Math.max(most, value), 0);
        const ratio = total > 0 ? inside / (definition === 'quantus' ? total + QUANTUS_EPSILON * largest : total) : 0;
        return {
          attributionLocalisation: ratio,
          weightedLocalisation: definition === 'quantus' ? ratio * share : area === 0 ? 0 : ratio / share,
          regionArea: share,
          noMass: total > 0 ? 0 : 1,
          noRegion: area === 0 ? 1 : 0,
        };
      },
    }),
});
