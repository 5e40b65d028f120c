import { TIED_SAMPLES, XaigridError, type MetricDescription } from '@xaigrid/contracts';
import type { ModelDescription, Passes } from '@xaigrid/engine';
import { isTable } from '@xaigrid/tensor';
import { z } from 'zod';
import { targetParameter, wholePasses, withTarget } from '../../perturbation/target.js';
import { settingRules } from '../../setting-rules.js';

const tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const fractions = {
  paper: tenths,
  // 1, 3, … 99 %.
  quantus: Array.from({ length: 50 }, (_, at) => (2 * at + 1) / 100),
  'pytorch-grad-cam': tenths,
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus', 'pytorch-grad-cam']).default('paper').meta({
    description:
      'paper: the ⌊n·f⌋ highest-ranked of n positions are replaced. quantus: the same at other fractions. pytorch-grad-cam: those at or above the quantile 1 − f of the map, equal ones together, and confidence is the difference to the output on the whole sample.',
  }),
  fractions: z.array(z.number().gt(0).lt(1)).min(1).optional().meta({
    description:
      'Shares of positions that are replaced; the mean over them is taken. A forward pass each. Default: 0.1, 0.2, … 0.9; quantus: 0.01, 0.03, … 0.99.',
  }),
  noise: z.number().nonnegative().default(0.01).meta({
    description: 'Standard deviation of the normal noise on replaced values, in the units of the model’s input.',
  }),
  target: targetParameter,
};

/** The settings of ROAD, with one order and with both. */
export const roadRules = settingRules(shape, {
  several: ['definition', 'noise', 'target'],
  complete: (setting, model) => {
    assertNeighbours(model);
    const own = setting.fractions ?? fractions[setting.definition];
    return withTarget({ ...setting, fractions: [...new Set(own)].sort((a, b) => a - b) }, model);
  },
});
export type RoadSetting = z.infer<typeof roadRules.setting>;

/** The fractions of a stored setting, ascending. */
export function fractionsOf(setting: RoadSetting): readonly number[] {
  return setting.fractions ?? fractions[setting.definition];
}

/** Whether a setting gives differences to the output on the whole sample. */
export function givesDifference({ definition }: RoadSetting): boolean {
  return definition === 'pytorch-grad-cam';
}

/** @param orders the number of orders in which positions are removed: 1 or 2 */
export function roadPasses(settings: readonly RoadSetting[], orders: number): Passes {
  const imputed = settings.reduce((sum, setting) => sum + orders * fractionsOf(setting).length, 0);
  return { forward: imputed + wholePasses(settings.filter(givesDifference)), gradient: 0 };
}

export const roadSource =
  'Rong et al., A Consistent and Efficient Evaluation Strategy for Attribution Methods, ICML 2022, arXiv:2202.00449; ROAD of Quantus 0.6.0; pytorch_grad_cam/metrics/road.py of pytorch-grad-cam 1.5.7.';

export const roadTies: MetricDescription['measures'][number] = {
  ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
  meaning: 'Samples of whose map values are equal where a fraction parts them.',
  range: { low: 0, high: 1 },
  warning: {
    code: 'ties',
    from: TIED_SAMPLES,
    text: 'positions with equal attributions are parted by lot, or by definition: pytorch-grad-cam all replaced',
  },
};

function assertNeighbours({ inputShape }: Pick<ModelDescription, 'inputShape'>): void {
  if (!isTable(inputShape)) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `ROAD replaces a position by the mean of its neighbours, and the ${inputShape.join('')} features of a table are no neighbours. Use pixel-flipping or deletion-insertion with a baseline of one number for each feature.`,
  );
}
