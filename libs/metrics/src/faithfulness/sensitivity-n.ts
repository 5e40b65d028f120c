import { defineMetric } from '../define-metric.js';
import { baselineParameter, withBaseline } from '../perturbation/baseline.js';
import { subsetDrawer } from '../perturbation/random-subsets.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { removeSubsets } from './subsets/remove-subsets.js';
import { assertSizeFits, sizeOfSubset, sizeParameter, subsetsParameter } from './subsets/size.js';
import { constantMeasure, correlationsOf } from './subsets/subsets.js';

const METRIC = 'sensitivity-n';

const rules = settingRules(
  {
    units: unitsParameter.default('positions'),
    size: sizeParameter.default(0.1).meta({
      description: 'n: units in a subset, a whole number, or a share of all of them below 1 (rounded, at least one).',
    }),
    subsets: subsetsParameter.default(100),
    baseline: baselineParameter,
    target: targetParameter,
  },
  {
    // A list is one baseline, not several.
    several: ['units', 'size', 'target'],
    complete: (setting, model) => {
      assertSizeFits(METRIC, setting.size, { count: unitCount(setting.units, model.inputShape), kind: setting.units });
      return withBaseline(withTarget(setting, model), model);
    },
  },
);

/**
 * Do attributions add up to the change of the output? Pearson's correlation, over random subsets S of n positions, of Σ_{i ∈ S}
 * a_i with F(x) − F(x with the baseline in S). It is 1 for a map whose sums are exactly these changes. Ancona et al. 2018 (ICLR,
 * "Towards better understanding of gradient-based attribution methods for deep neural networks", arXiv:1711.06104), section 4:
 * 100 subsets for each n.
 *
 * SensitivityN of Quantus 0.6.0 is a different metric and has no score per sample. It removes values in descending order of the
 * map. Over the samples of the first batch, it correlates the attributions of a step with the total change of the output up to
 * that step. Over the steps of one sample, this correlation would speak against good maps: attributions fall while the total
 * change grows.
 *
 * Measures per sample: `sensitivityN`; `rankCorrelation`, Spearman's of the same numbers; `constant` 1 if there is no
 * correlation; then both are 0.
 */
export const sensitivityN = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Sensitivity-n',
  category: 'faithfulness',
  source:
    'Ancona et al., Towards Better Understanding of Gradient-based Attribution Methods for Deep Neural Networks, ICLR 2018, arXiv:1711.06104, section 4.',
  summary: 'Whether what a map gives to n random positions together goes with what the output loses without them.',
  rules,
  headline: 'sensitivityN',
  sweeps: [{ key: 'size', title: 'n' }],
  measures: [
    {
      ...{ name: 'sensitivityN', aggregate: 'mean', title: 'Sensitivity-n', direction: 'higher', role: 'result' },
      meaning:
        'Pearson’s correlation, over random subsets, of what the map gives to n positions with what the output loses without them.',
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
  passes: (settings) => ({
    forward: wholePasses(settings) + settings.reduce((sum, { subsets }) => sum + subsets, 0),
    gradient: 0,
  }),
  score: async (request, settings) => {
    const whole = await wholeOutputsBy(request, settings);
    const random = randomOf(request, randomStreams.sensitivityN);
    return scoreSettings(request, settings, async ({ units: kind, size, subsets, baseline, target }) => {
      const units = unitsOf(kind, request.inputs.shape.slice(1));
      const found = await removeSubsets(request, {
        ...{ units, subsets, baseline, target, whole: whole(target) },
        drawerOf: (sample) => subsetDrawer(random(sample), units.count, sizeOfSubset(size, units.count)),
      });
      return found.map(correlationsOf).map(({ linear, ranks, constant }) => {
        return { sensitivityN: linear, rankCorrelation: ranks, constant };
      });
    });
  },
});
