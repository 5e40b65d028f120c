import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import type { ScoreRequest } from '../metric.js';
import { baselineSchema, withBaseline } from '../perturbation/baseline.js';
import { subsetDrawer } from '../perturbation/random-subsets.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { removeSteps, stepsOf } from './subsets/remove-steps.js';
import { removeSubsets } from './subsets/remove-subsets.js';
import { assertSizeFits, sizeOfSubset, sizeParameter, stepParameter } from './subsets/size.js';
import { constantMeasure, correlationsOf, type Subsets } from './subsets/subsets.js';

const METRIC = 'sensitivity-n';

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description: 'paper: random subsets of one size; quantus: what the map ranks highest, one step after another.',
  }),
  units: unitsParameter.optional(),
  size: sizeParameter.optional().meta({
    description:
      'n, of definition paper: units in a subset, a whole number or a share of all of them below 1 (rounded, at least one). Default: 0.1.',
  }),
  subsets: z.int().min(2).max(100_000).optional().meta({
    description: 'Of definition paper: random subsets of each sample and size, a forward pass each. Default: 100.',
  }),
  step: stepParameter.unwrap().optional().meta({
    description: 'Of definition quantus: units that are removed in a step. Default: 1.',
  }),
  baseline: baselineSchema.optional(),
  target: targetParameter,
};
const rules = settingRules(shape, {
  // A list is one baseline.
  several: ['definition', 'units', 'size', 'target'],
  complete: (setting, model) => {
    const whole = withBaseline(withTarget(completed(setting), model), model);
    const fits = { count: unitCount(whole.units, model.inputShape), kind: whole.units };
    if (whole.definition === 'paper') assertSizeFits(METRIC, whole.size, fits);
    else assertSteps(whole.step, stepsOf(model.inputShape, whole.step));
    return whole;
  },
});

/** With what its definition needs, and without what is the other's. */
function completed({ definition, target, ...said }: z.infer<z.ZodObject<typeof shape>>) {
  if (definition === 'paper') {
    const { units = 'positions', size = 0.1, subsets = 100, baseline = 'zero' } = said;
    return { definition, units, size, subsets, baseline, target };
  }
  const { units = 'values', step = 1, baseline = 'minimum' } = said;
  return { definition, units, step, baseline, target };
}
type Setting = ReturnType<typeof completed>;

/**
 * Does a map add up? Over random subsets S of n positions, Pearson's correlation of Σ_{i ∈ S} a_i with F(x) − F(x with the baseline in S): 1 of a
 * map that says exactly what each subset gives. Ancona et al. 2018 (ICLR, "Towards better understanding of gradient-based attribution methods for
 * deep neural networks", arXiv:1711.06104), section 4: 100 subsets for each n.
 *
 * `quantus`: what SensitivityN of Quantus 0.6.0 computes. Values are removed in descending order of the map, and what the map gives to each step
 * stands against what the output has lost after all steps so far. Quantus correlates these for each step over the samples of its first batch,
 * which is nothing that a sample has; here they are correlated over the steps of each sample. Its last steps are left out as Quantus does: the
 * first 80 % of the number of positions stay. Values that tie are removed in random order.
 *
 * Measures per sample: `sensitivityN`; `rankCorrelation`, Spearman's of the same; `constant` 1 where there is none, and both are 0.
 */
export const sensitivityN = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Sensitivity-n',
  category: 'faithfulness',
  source:
    'Ancona et al., Towards Better Understanding of Gradient-based Attribution Methods for Deep Neural Networks, ICLR 2018, arXiv:1711.06104, section 4; SensitivityN of Quantus 0.6.0, over the steps of a sample.',
  summary: 'Whether what a map gives to n random positions together goes with what the output loses without them.',
  rules,
  headline: 'sensitivityN',
  sweeps: [{ key: 'size', title: 'n' }],
  measures: [
    {
      ...{ name: 'sensitivityN', aggregate: 'mean', title: 'Sensitivity-n', direction: 'higher', role: 'result' },
      meaning: 'Pearson’s correlation of what the map gives to n positions together with what the output loses without them.',
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
    const each = all.map((one) => (one.definition === 'paper' ? one.subsets : stepsOf(inputShape, one.step)));
    return { forward: wholePasses(all) + each.reduce((sum, count) => sum + count, 0), gradient: 0 };
  },
  score: async (request, settings) => {
    const all = settings.map(completed);
    const whole = await wholeOutputsBy(request, all);
    return scoreSettings(request, all, async (setting) => {
      const found = await removed(request, setting, whole(setting.target));
      return found.map(correlationsOf).map(({ linear, ranks, constant }) => {
        return { sensitivityN: linear, rankCorrelation: ranks, constant };
      });
    });
  },
});

function removed(request: ScoreRequest, setting: Setting, whole: Float64Array<ArrayBuffer>): Promise<Subsets[]> {
  const units = unitsOf(setting.units, request.inputs.shape.slice(1));
  const random = randomOf(request, randomStreams.sensitivityN);
  const { baseline, target } = setting;
  if (setting.definition === 'quantus')
    return removeSteps(request, { units, step: setting.step, baseline, target, whole, random });
  const size = sizeOfSubset(setting.size, units.count);
  return removeSubsets(request, {
    ...{ units, subsets: setting.subsets, baseline, target, whole },
    drawerOf: (sample) => subsetDrawer(random(sample), units.count, size),
  });
}

/** @throws SHAPE_MISMATCH where there is nothing to correlate over */
function assertSteps(step: number, steps: number): void {
  if (steps >= 2) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${METRIC} by definition quantus has fewer than two steps of ${step} before 80 % of the positions are gone. Give a smaller step.`,
  );
}
