import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { baselineSchema, withBaseline } from '../perturbation/baseline.js';
import { subsetDrawer } from '../perturbation/random-subsets.js';
import { targetSchema, wholeOutputsBy, wholePasses, withDefinedTarget } from '../perturbation/target.js';
import { unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { removeSubsets } from './subsets/remove-subsets.js';
import { assertSizeFits, sizeOfSubset, sizeParameter, subsetsParameter } from './subsets/size.js';
import { constantMeasure, correlationsOf } from './subsets/subsets.js';

const METRIC = 'faithfulness-correlation';

const defaults = {
  paper: { units: 'positions', size: 0.2, subsets: 100, baseline: 'zero', target: 'probability' },
  quantus: { units: 'values', size: 224, subsets: 100, baseline: 'minimum', target: 'logit' },
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description: 'Whose defaults the other parameters have.',
  }),
  units: unitsParameter.optional(),
  size: sizeParameter.optional(),
  subsets: subsetsParameter.optional(),
  baseline: baselineSchema.optional(),
  target: targetSchema.optional(),
};
const rules = settingRules(shape, {
  // A list is one baseline, not several.
  several: ['definition', 'units', 'size', 'target'],
  complete: (setting, model) => {
    const whole = withBaseline(withDefinedTarget(completed(setting), setting.target, model), model);
    assertSizeFits(METRIC, whole.size, { count: unitCount(whole.units, model.inputShape), kind: whole.units });
    return whole;
  },
});

function completed(setting: z.infer<z.ZodObject<typeof shape>>) {
  const own = defaults[setting.definition];
  const { units = own.units, size = own.size, subsets = own.subsets, baseline = own.baseline, target = own.target } = setting;
  return { definition: setting.definition, units, size, subsets, baseline, target };
}

/**
 * Is the attribution of a part of a sample in proportion to the effect of removing that part? Pearson's correlation, over random
 * subsets S of one size, of Σ_{i ∈ S} a_i with F(x) − F(x with the baseline in S). The faithfulness of Bhatt et al. 2020 (IJCAI,
 * "Evaluating and aggregating feature-based model explanations", arXiv:2005.00631), definition 3. The paper leaves open the size,
 * the number of subsets, the baseline, and whether F is a probability. `paper` takes 20 % of the positions, 100 subsets, zero and
 * the probability. `quantus` has the defaults of FaithfulnessCorrelation of Quantus 0.6.0: 224 values, the smallest value of the
 * sample, logits.
 *
 * Measures per sample: `faithfulnessCorrelation`; `rankCorrelation`, Spearman's of the same numbers; `constant` 1 if there is no
 * correlation; then both are 0.
 */
export const faithfulnessCorrelation = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Faithfulness correlation',
  category: 'faithfulness',
  source:
    'Bhatt et al., Evaluating and Aggregating Feature-based Model Explanations, IJCAI 2020, arXiv:2005.00631, definition 3; FaithfulnessCorrelation of Quantus 0.6.0.',
  summary: 'Whether random parts to which a map gives much are those without which the output falls.',
  rules,
  headline: 'faithfulnessCorrelation',
  sweeps: [{ key: 'size', title: 'Size of a subset' }],
  measures: [
    {
      ...{ name: 'faithfulnessCorrelation', aggregate: 'mean', title: 'Faithfulness correlation' },
      ...{ direction: 'higher', role: 'result' },
      meaning:
        'Pearson’s correlation, over random subsets, of what the map gives to a subset with what the output loses without it.',
      range: { low: -1, high: 1 },
      chance: 0,
    },
    {
      ...{ name: 'rankCorrelation', aggregate: 'mean', title: 'Rank correlation', direction: 'higher', role: 'detail' },
      meaning: 'The same by Spearman’s rank correlation.',
      range: { low: -1, high: 1 },
      chance: 0,
    },
    constantMeasure,
  ],
  // Inputs, maps, baselines and copies.
  tensors: 4,
  passes: (settings) => {
    const all = settings.map(completed);
    return { forward: wholePasses(all) + all.reduce((sum, { subsets }) => sum + subsets, 0), gradient: 0 };
  },
  score: async (request, settings) => {
    const all = settings.map(completed);
    const whole = await wholeOutputsBy(request, all);
    const random = randomOf(request, randomStreams.faithfulnessCorrelation);
    return scoreSettings(request, all, async ({ units: kind, size, subsets, baseline, target }) => {
      const units = unitsOf(kind, request.inputs.shape.slice(1));
      const found = await removeSubsets(request, {
        ...{ units, subsets, baseline, target, whole: whole(target) },
        drawerOf: (sample) => subsetDrawer(random(sample), units.count, sizeOfSubset(size, units.count)),
      });
      return found.map(correlationsOf).map(({ linear, ranks, constant }) => {
        return { faithfulnessCorrelation: linear, rankCorrelation: ranks, constant };
      });
    });
  },
});
