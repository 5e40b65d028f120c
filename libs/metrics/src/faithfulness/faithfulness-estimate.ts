import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { baselineSchema, withBaseline } from '../perturbation/baseline.js';
import { targetSchema, wholeOutputsBy, wholePasses, withDefinedTarget } from '../perturbation/target.js';
import { unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { descendingParts } from './subsets/in-order.js';
import { removeSubsets } from './subsets/remove-subsets.js';
import { assertStepFits, stepParameter } from './subsets/size.js';
import { constantMeasure, correlationsOf } from './subsets/subsets.js';

const METRIC = 'faithfulness-estimate';

const defaults = {
  paper: { units: 'positions', baseline: 'zero', target: 'probability' },
  quantus: { units: 'values', baseline: 'minimum', target: 'logit' },
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({ description: 'Whose defaults the other parameters have.' }),
  units: unitsParameter.optional(),
  step: stepParameter,
  baseline: baselineSchema.optional(),
  target: targetSchema.optional(),
};
const rules = settingRules(shape, {
  // A list is one baseline, not several.
  several: ['definition', 'units', 'step', 'target'],
  complete: (setting, model) => {
    const whole = withBaseline(withDefinedTarget(completed(setting), setting.target, model), model);
    assertStepFits(METRIC, whole.step, { count: unitCount(whole.units, model.inputShape), kind: whole.units });
    return whole;
  },
});

function completed(setting: z.infer<z.ZodObject<typeof shape>>) {
  const own = defaults[setting.definition];
  const { definition, step, units = own.units, baseline = own.baseline, target = own.target } = setting;
  return { definition, units, step, baseline, target };
}

/**
 * Is the attribution of each part of a sample in proportion to the effect of removing that part? Each position is replaced by the
 * baseline, one at a time: Pearson's correlation of a_i with F(x) − F(x without i). The faithfulness of Alvarez-Melis & Jaakkola
 * 2018 (NeurIPS, "Towards robust interpretability with self-explaining neural networks", arXiv:1806.07538), section 4, for
 * probabilities. `quantus` has the defaults of FaithfulnessEstimate of Quantus 0.6.0: values, the smallest value of the sample,
 * logits. The docstring of Quantus promises Spearman's correlation, but its code takes Pearson's. With `step` several units are
 * replaced together, in descending order of the map, like `features_in_step` of Quantus.
 *
 * Measures per sample: `faithfulnessEstimate`; `rankCorrelation`, Spearman's of the same numbers; `constant` 1 if there is no
 * correlation; then both are 0.
 */
export const faithfulnessEstimate = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Faithfulness estimate',
  category: 'faithfulness',
  source:
    'Alvarez-Melis & Jaakkola, Towards Robust Interpretability with Self-Explaining Neural Networks, NeurIPS 2018, arXiv:1806.07538, section 4; FaithfulnessEstimate of Quantus 0.6.0.',
  summary: 'Whether the positions to which a map gives much are those without which, one at a time, the output falls.',
  rules,
  headline: 'faithfulnessEstimate',
  measures: [
    {
      ...{ name: 'faithfulnessEstimate', aggregate: 'mean', title: 'Faithfulness estimate', direction: 'higher', role: 'result' },
      meaning: 'Pearson’s correlation, over all positions, of what the map gives to one with what the output loses without it.',
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
  passes: (settings, { inputShape }) => {
    const all = settings.map(completed);
    const parts = all.map(({ units, step }) => Math.ceil(unitCount(units, inputShape) / step));
    return { forward: wholePasses(all) + parts.reduce((sum, count) => sum + count, 0), gradient: 0 };
  },
  score: async (request, settings) => {
    const all = settings.map(completed);
    const whole = await wholeOutputsBy(request, all);
    const random = randomOf(request, randomStreams.faithfulnessEstimate);
    return scoreSettings(request, all, async ({ units: kind, step, baseline, target }) => {
      const units = unitsOf(kind, request.inputs.shape.slice(1));
      const found = await removeSubsets(request, {
        ...{ units, subsets: Math.ceil(units.count / step), baseline, target, whole: whole(target) },
        drawerOf: (sample, attributions) => {
          const parts = descendingParts(attributions, { step, random: random(sample) }).values();
          return () => parts.next().value ?? [];
        },
      });
      return found.map(correlationsOf).map(({ linear, ranks, constant }) => {
        return { faithfulnessEstimate: linear, rankCorrelation: ranks, constant };
      });
    });
  },
});
