import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { scoreEach } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { magnitudesOf } from '../maps/magnitudes.js';
import { zeroMapsCheck } from '../maps/zero-maps.js';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description: 'paper: of the magnitudes. quantus: of the magnitudes scaled to a maximum of 1, plus 10⁻⁷.',
    }),
  },
  { several: ['definition'] },
);

/** Quantus adds this to values whose largest magnitude is 1. */
const QUANTUS_EPSILON = 1e-7;

/**
 * The Gini index of a map's magnitudes: 0 if all are equal, 1 − 1/n if one of n holds everything (Chalasani et al. 2020, "Concise
 * explanations of neural networks using adversarial training", ICML, arXiv:1810.06583, section 4, after Hurley and Rickard 2009).
 * With the magnitudes v in ascending order: Σ (2i − n − 1)·v_i / (n·Σ v), i from 1. All values of a map count, also those of
 * channels.
 *
 * `quantus` (complexity/sparseness.py of Quantus 0.6.0): the index of v / max v + 10⁻⁷. In Quantus the maximum is that of all
 * samples; here it is each sample's own.
 *
 * Measures per sample: `sparseness`; `zeroMaps`.
 */
export const sparseness = defineMetric({
  metric: 'sparseness',
  version: 1,
  title: 'Sparseness',
  category: 'complexity',
  source:
    'Chalasani et al., Concise explanations of neural networks using adversarial training, ICML 2020, arXiv:1810.06583; Sparseness of Quantus 0.6.0.',
  summary: 'How few values of a map hold most of its mass: the Gini index of their magnitudes.',
  rules,
  headline: 'sparseness',
  measures: [
    {
      ...{ name: 'sparseness', aggregate: 'mean', title: 'Sparseness', direction: 'higher', role: 'result' },
      meaning: 'The Gini index of a map’s magnitudes: 0 where all are the same, near 1 where few hold everything.',
      range: { low: 0, high: 1 },
      dependsOn: ['shape'],
    },
    zeroMapsCheck('they count as a map that is the same everywhere'),
  ],
  // Inputs and maps.
  tensors: 2,
  score: (request, settings) => {
    const maps = finiteMaps(request.maps, request);
    return scoreEach(request, settings, (sample, { definition }) => {
      const { magnitudes, largest } = magnitudesOf(maps[sample] ?? new Float32Array());
      const scaled = definition === 'quantus' ? magnitudes.map((value) => value / (largest || 1) + QUANTUS_EPSILON) : magnitudes;
      return { sparseness: giniOf(scaled), zeroMaps: largest === 0 ? 1 : 0 };
    });
  },
});

/**
 * The Gini index; 0 if all values are 0.
 * @param values at least 0; sorted in place
 */
function giniOf(values: Float64Array<ArrayBuffer>): number {
  values.sort();
  const count = values.length;
  let [total, weighted] = [0, 0];
  for (const [i, value] of values.entries()) {
    total += value;
    weighted += (2 * i + 1 - count) * value;
  }
  return total === 0 ? 0 : weighted / (count * total);
}
