import { XaigridError } from '@xaigrid/contracts';
import { isTable, positionsOfShape } from '@xaigrid/tensor';
import { z } from 'zod';
import { baselineSchema, withBaseline } from '../../perturbation/baseline.js';
import { targetSchema, withDefinedTarget } from '../../perturbation/target.js';
import { settingRules } from '../../setting-rules.js';

const defaults = {
  paper: { perturbation: 'noisy-baseline', draws: 1000, deviation: 0.2, side: 10, baseline: 'zero', target: 'probability' },
  captum: { perturbation: 'noise', draws: 10, deviation: 0.003, side: 10, baseline: 'zero', target: 'probability' },
  quantus: { perturbation: 'blocks', draws: 10, deviation: 0.2, side: 4, baseline: 'minimum', target: 'logit' },
} as const;

const shape = {
  definition: z.enum(['paper', 'captum', 'quantus']).default('paper').meta({
    description: 'Whose defaults the other parameters have.',
  }),
  perturbation: z.enum(['noisy-baseline', 'noise', 'square', 'blocks']).optional().meta({
    description:
      'noisy-baseline: all values by the baseline and normal noise; noise: normal noise on the sample; square: a random square by the baseline; blocks: one block after another by the baseline, row by row, until all are. Default: noisy-baseline; captum: noise; quantus: blocks.',
  }),
  draws: z.int().min(1).max(1_000_000).optional().meta({
    description: 'Random perturbations of each sample: a forward pass each. Default: 1000; captum: 10.',
  }),
  deviation: z.number().positive().max(1e6).optional().meta({
    description: 'The standard deviation of the noise, in the units of the model’s input. Default: 0.2; captum: 0.003.',
  }),
  side: z.int().min(1).max(10_000).optional().meta({
    description:
      'Positions along a side: of the largest square, where all squares from side 1 on are as likely; of each block. Default: 10; quantus: 4.',
  }),
  attributions: z.enum(['local', 'global']).optional().meta({
    description:
      'local: a map says how fast the output changes with each value, as gradients do; global: how much each value gives to the output in place of the baseline, as Shapley values and input x gradient do. Default: global for square, else local.',
  }),
  normalize: z.boolean().default(false).meta({
    description: 'Multiply each map by the number that makes its infidelity smallest, so that its scale does not count.',
  }),
  baseline: baselineSchema.optional(),
  target: targetSchema.optional(),
};

export const infidelityRules = settingRules(shape, {
  // A list is one baseline, not several.
  several: ['definition', 'perturbation', 'deviation', 'side', 'attributions', 'normalize', 'target'],
  complete: (setting, model) => {
    const whole = withBaseline(withDefinedTarget(completed(setting), setting.target, model), model);
    assertSideFits(whole, model.inputShape);
    return whole;
  },
});

/** A setting with the parameters that its perturbation needs, and without those of other perturbations. */
export function completed(setting: z.infer<z.ZodObject<typeof shape>>) {
  const { definition, normalize } = setting;
  const own = defaults[definition];
  const { perturbation = own.perturbation, baseline = own.baseline, target = own.target } = setting;
  const { draws = own.draws, deviation = own.deviation, side = own.side } = setting;
  const { attributions = perturbation === 'square' ? 'global' : 'local' } = setting;
  const said = { definition, attributions, normalize, baseline, target };
  if (perturbation === 'blocks') return { ...said, perturbation, side };
  if (perturbation === 'square') return { ...said, perturbation, draws, side };
  return { ...said, perturbation, draws, deviation };
}
export type InfidelitySetting = ReturnType<typeof completed>;

/**
 * @throws SHAPE_MISMATCH for squares or blocks that do not fit into the sample, or on a table, whose features have no neighbours
 */
function assertSideFits(setting: InfidelitySetting, inputShape: readonly number[]): void {
  if (!('side' in setting)) return;
  const { perturbation, side } = setting;
  if (isTable(inputShape)) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `infidelity with perturbation: ${perturbation} replaces neighbouring positions, and the ${inputShape.join('')} features of a table are no neighbours. Say perturbation: noisy-baseline or noise.`,
    );
  }
  const positions = positionsOfShape(inputShape);
  if (perturbation === 'square' && positions.some((extent) => side > extent)) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `infidelity has squares of up to ${side} positions along a side, and a sample has ${positions.join(' × ')} positions. Give a smaller side.`,
    );
  }
  if (perturbation === 'blocks' && positions.some((extent) => extent % side !== 0)) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `infidelity has blocks of ${side} positions along a side, which do not cut the ${positions.join(' × ')} positions of a sample evenly. Give a side that divides them.`,
    );
  }
}
