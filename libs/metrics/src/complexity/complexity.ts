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
      description: 'paper: −Σ p ln p, where p = 0 adds 0. quantus: −Σ p ln(p + 10⁻¹²).',
    }),
  },
  { several: ['definition'] },
);

/** Quantus adds this inside the logarithm. */
const QUANTUS_EPSILON = 1e-12;

/**
 * The entropy of a map in nats: −Σ p ln p, with the shares p = |a| / Σ |a| of its values (Bhatt et al. 2020, "Evaluating and
 * aggregating feature-based model explanations", IJCAI, arXiv:2005.00631, section 3.3). It is 0 if one value holds everything,
 * and ln n if all n values are equal. All values of a map count, also those of channels, so only maps of one shape can be
 * compared. A map that is zero everywhere has no shares; it counts as a map that is the same everywhere.
 *
 * `quantus` (complexity/complexity.py of Quantus 0.6.0): −Σ p ln(p + 10⁻¹²). A zero map is NaN there.
 *
 * Measures per sample: `complexity`; `zeroMaps`.
 */
export const complexity = defineMetric({
  metric: 'complexity',
  version: 1,
  title: 'Complexity',
  category: 'complexity',
  source:
    'Bhatt et al., Evaluating and aggregating feature-based model explanations, IJCAI 2020, arXiv:2005.00631; Complexity of Quantus 0.6.0.',
  summary: 'How many values of a map share its mass: the entropy of their magnitudes, in nats.',
  rules,
  headline: 'complexity',
  measures: [
    {
      ...{ name: 'complexity', aggregate: 'mean', title: 'Complexity', direction: 'lower', role: 'result' },
      meaning: 'The entropy of a map’s magnitudes in nats: 0 where one holds everything, ln n where all n are the same.',
      range: { low: 0 },
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
      const values = largest === 0 ? magnitudes.fill(1) : magnitudes;
      return {
        complexity: entropyOf(values, definition === 'quantus' ? QUANTUS_EPSILON : 0),
        zeroMaps: largest === 0 ? 1 : 0,
      };
    });
  },
});

/** @param values at least 0, not all 0 */
function entropyOf(values: Float64Array<ArrayBuffer>, added: number): number {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.reduce(
    (entropy, value) => (value === 0 ? entropy : entropy - (value / total) * Math.log(value / total + added)),
    0,
  );
}
