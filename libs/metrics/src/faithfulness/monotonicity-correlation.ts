import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { assertRangeFits, rangeSchema, type Range } from './monotonicity-correlation/range.js';
import { replaceParts } from './monotonicity-correlation/replace-parts.js';
import { assertStepFits, stepParameter } from './subsets/size.js';
import { constantMeasure, correlationsOf } from './subsets/subsets.js';

const METRIC = 'monotonicity-correlation';

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({ description: 'Whose defaults the other parameters have.' }),
  units: unitsParameter.optional(),
  step: stepParameter,
  draws: z.int().min(1).max(100_000).default(100).meta({
    description: 'How often each unit is replaced by random values: a forward pass each.',
  }),
  range: rangeSchema.optional().meta({
    description:
      'Between which values are drawn, each as likely: sample, between the smallest and the largest of the sample; or [low, high], each a number or one number a channel (of a table, a feature). Default: sample; quantus: [0, 1].',
  }),
  target: targetParameter,
};
const rules = settingRules(shape, {
  several: ['definition', 'units', 'step', 'draws', 'target'],
  complete: (setting, model) => {
    const whole = withTarget(completed(setting), model);
    assertStepFits(METRIC, whole.step, { count: unitCount(whole.units, model.inputShape), kind: whole.units });
    assertRangeFits(METRIC, whole.range, model.inputShape);
    return whole;
  },
});

function completed({ definition, units, step, draws, range, target }: z.infer<z.ZodObject<typeof shape>>) {
  const own = { paper: { units: 'positions', range: 'sample' }, quantus: { units: 'values', range: [0, 1] } } as const;
  const { units: usual, range: between } = own[definition];
  const drawn: Range = range ?? (between === 'sample' ? between : [...between]);
  return { definition, units: units ?? usual, step, draws, range: drawn, target };
}

/**
 * Does the output depend most on the parts with large attributions? Each position is replaced by random values, one at a time:
 * Spearman's correlation of |a_i| with the mean of (F(x with new values in i) − F(x))². Nguyen & Martinez 2020 ("On quantitative
 * aspects of model interpretability", arXiv:2007.07584), metric 2.3. The paper integrates over the values that i can have;
 * `paper` draws them uniformly between the smallest and the largest value of the sample. `quantus` has the defaults of
 * MonotonicityCorrelation of Quantus 0.6.0: values, from 0 to 1 whatever the data are. Both divide by F(x)². This changes no rank
 * and is left out here. With `step` several units are replaced together, in ascending order of |a|, like `features_in_step` of
 * Quantus. `quantus` uses one number for all of them, `paper` one number for each.
 *
 * Measures per sample: `monotonicityCorrelation`; `constant` 1 if there is no correlation; then it is 0.
 */
export const monotonicityCorrelation = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Monotonicity correlation',
  category: 'faithfulness',
  source:
    'Nguyen & Martinez, On Quantitative Aspects of Model Interpretability, 2020, arXiv:2007.07584; MonotonicityCorrelation of Quantus 0.6.0.',
  summary: 'Whether the positions to which a map gives much are those whose random replacement moves the output most.',
  rules,
  headline: 'monotonicityCorrelation',
  measures: [
    {
      ...{ name: 'monotonicityCorrelation', aggregate: 'mean', title: 'Monotonicity correlation' },
      ...{ direction: 'higher', role: 'result' },
      meaning:
        'Spearman’s correlation, over all positions, of the magnitude that the map gives to one with how far random values in it move the output.',
      range: { low: -1, high: 1 },
      chance: 0,
    },
    constantMeasure,
  ],
  // Inputs, maps and copies.
  tensors: 3,
  passes: (settings, { inputShape }) => {
    const all = settings.map(completed);
    const each = all.map(({ units, step, draws }) => draws * Math.ceil(unitCount(units, inputShape) / step));
    return { forward: wholePasses(all) + each.reduce((sum, count) => sum + count, 0), gradient: 0 };
  },
  score: async (request, settings) => {
    const all = settings.map(completed);
    const whole = await wholeOutputsBy(request, all);
    const randomOfSample = randomOf(request, randomStreams.monotonicityCorrelation);
    return scoreSettings(request, all, async ({ definition, units, target, ...parts }) => {
      const found = await replaceParts(request, {
        ...{ ...parts, units: unitsOf(units, request.inputs.shape.slice(1)), target, whole: whole(target) },
        oneValue: definition === 'quantus',
        randomOf: (sample) => {
          const ties = randomOfSample(sample);
          return { ties, uniform: () => ties.uniform() };
        },
      });
      return found.map(correlationsOf).map(({ ranks, constant }) => ({ monotonicityCorrelation: ranks, constant }));
    });
  },
});
