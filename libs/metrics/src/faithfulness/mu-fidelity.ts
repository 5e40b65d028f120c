import { channelsOfShape, positionsOfShape } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { baselineParameter, withBaseline } from '../perturbation/baseline.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { gridOf, unitsOf, type Units } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { removeSubsets } from './subsets/remove-subsets.js';
import { subsetsParameter } from './subsets/size.js';
import { constantMeasure, correlationsOf } from './subsets/subsets.js';

const rules = settingRules(
  {
    grid: z.int().min(1).max(10_000).default(9).meta({
      description: 'Cells along each axis; a cell is replaced as a whole. Of a table each feature is a cell.',
    }),
    share: z.number().gt(0).lt(1).default(0.2).meta({ description: 'How likely each cell is in a subset.' }),
    subsets: subsetsParameter.default(200),
    baseline: baselineParameter,
    target: targetParameter,
  },
  { several: ['grid', 'share', 'target'], complete: (setting, model) => withBaseline(withTarget(setting, model), model) },
);

/**
 * Is the attribution of a part of a sample in proportion to the effect of removing that part? Spearman's correlation, over random
 * subsets S of a grid's cells, of Σ_{i ∈ S} a_i with F(x) − F(x with the baseline in S). MuFidelity of Xplique 1.4, after Bhatt
 * et al. 2020 (arXiv:2005.00631, definition 3, which has one size of subset and Pearson's correlation:
 * `faithfulness-correlation`). Each cell is in a subset with probability `share`, independently of the others. Position p of an
 * axis of extent n is in cell ⌊(p + ½)·grid/n⌋. As in Xplique, the channels of a cell are replaced one by one in a sequence, and
 * together in an image. Subsets differ in size, so a map without information that is positive everywhere gets more than 0: both
 * its sum and the change of the output grow with the subset.
 *
 * Measures per sample: `muFidelity`; `linearCorrelation`, Pearson's of the same numbers; `constant` 1 if there is no correlation;
 * then both are 0.
 */
export const muFidelity = defineMetric({
  metric: 'mu-fidelity',
  version: 1,
  title: 'MuFidelity',
  category: 'faithfulness',
  source:
    'MuFidelity of Xplique 1.4.0; after Bhatt et al., Evaluating and Aggregating Feature-based Model Explanations, IJCAI 2020, arXiv:2005.00631, definition 3.',
  summary: 'Whether random cells of a grid to which a map gives much are those without which the output falls, by rank.',
  rules,
  headline: 'muFidelity',
  measures: [
    {
      ...{ name: 'muFidelity', aggregate: 'mean', title: 'MuFidelity', direction: 'higher', role: 'result' },
      meaning:
        'Spearman’s correlation, over random subsets of cells, of what the map gives to a subset with what the output loses without it.',
      range: { low: -1, high: 1 },
    },
    {
      ...{ name: 'linearCorrelation', aggregate: 'mean', title: 'Linear correlation', direction: 'higher', role: 'detail' },
      meaning: 'The same by Pearson’s correlation.',
      range: { low: -1, high: 1 },
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
    const random = randomOf(request, randomStreams.muFidelity);
    return scoreSettings(request, settings, async ({ grid, share, subsets, baseline, target }) => {
      const units = cellsOf(request.inputs.shape.slice(1), grid);
      const found = await removeSubsets(request, {
        ...{ units, subsets, baseline, target, whole: whole(target) },
        drawerOf: (sample) => {
          const own = random(sample);
          return () => Int32Array.from({ length: units.count }, (_, cell) => cell).filter(() => own.uniform() < share);
        },
      });
      return found.map(correlationsOf).map(({ linear, ranks, constant }) => {
        return { muFidelity: ranks, linearCorrelation: linear, constant };
      });
    });
  },
});

/** The units that are replaced as a whole: in tables a feature, in sequences a channel of a cell, otherwise a cell. */
export function cellsOf(inputShape: readonly number[], grid: number): Units {
  const positions = positionsOfShape(inputShape);
  if (positions === inputShape) return unitsOf('values', inputShape);
  const cells = gridOf(inputShape, {
    cells: () => grid,
    cellOf: (place, extent) => Math.floor(((place + 0.5) * grid) / extent),
  });
  const channels = channelsOfShape(inputShape);
  if (positions.length > 1 || channels === 1) return cells;
  return {
    count: cells.count * channels,
    ofValue: cells.ofValue.map((cell, at) => cell * channels + (at % channels)),
    wholePositions: false,
  };
}
