import { XaigridError, type Target } from '@xaigrid/contracts';
import { isTable, positionsOfShape, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { targetParameter, withTarget } from '../perturbation/target.js';
import { scoreEach } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { movedOutputs, type Fill } from './effective-complexity/moved-outputs.js';
import { magnitudesOf } from '../maps/magnitudes.js';
import { zeroMapsCheck } from '../maps/zero-maps.js';

const METRIC = 'effective-complexity';

const uniformSchema = z
  .strictObject({ uniform: z.tuple([z.number(), z.number()]).readonly() })
  .refine(({ uniform: [low, high] }) => low < high, 'The lower end must be below the upper one.');

/** The parts of a `paper` setting. */
interface Asking {
  readonly tolerance?: number | undefined;
  readonly steps?: number | undefined;
  readonly draws?: number | undefined;
  readonly fill?: Fill | undefined;
  readonly target: Target;
}

function asking({ tolerance = 0.05, steps = 20, draws = 10, fill = 'sample', target }: Asking) {
  return { tolerance, steps, draws, fill, target };
}

/** The parts of a `quantus` setting. */
function counting({
  tolerance = 1e-5,
}: Pick<Asking, 'tolerance'>): { definition: 'quantus' } & Pick<Asking, 'tolerance' | 'target'> {
  return { definition: 'quantus', tolerance, target: 'probability' };
}

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'paper: the number of positions that must be kept so that the model’s output stays the same. quantus: the number of values of the map above a threshold; the model is not asked.',
    }),
    tolerance: z.number().positive().optional().meta({
      description:
        'paper (default 0.05): upper bound of the mean squared relative change of the output. quantus (default 1e-5): the threshold, as a share of the largest magnitude.',
    }),
    steps: z.int().min(1).max(10_000).optional().meta({
      description:
        'For paper: number of counts to try, ⌊n·i/steps⌋ of n positions, i = 0 … steps − 1. This takes steps · draws forward passes per sample. Default: 20, or n if that is less.',
    }),
    draws: z.int().min(1).max(10_000).optional().meta({
      description: 'For paper: number of random draws of the other positions. Default: 10.',
    }),
    fill: z
      .union([z.literal('sample'), uniformSchema])
      .optional()
      .meta({
        description:
          'For paper: where the other positions are drawn from. sample (default): the positions of the sample itself, channels together. { uniform: [low, high] }: each value uniformly, for example for tables.',
      }),
    target: targetParameter,
  },
  {
    several: ['definition', 'tolerance'],
    complete: (given, model) => {
      if (given.definition === 'quantus') return counting(given);
      const positions = sizeOf(positionsOfShape(model.inputShape));
      const asked = asking(given);
      if (asked.fill === 'sample' && isTable(model.inputShape))
        throw new XaigridError(
          'SPEC_INVALID',
          `${METRIC} draws a position from the others of the sample, and a table's ${positions} features are not alike. Give fill: { uniform: [low, high] }.`,
        );
      return withTarget({ definition: given.definition, ...asked, steps: Math.min(asked.steps, positions) }, model);
    },
  },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * How many of the highest-ranked positions must be kept so that the model's output stays, whatever the other positions are? The
 * score is the least k with E[ℓ(F(x), F(x′))] < ε. x′ equals x at the k highest positions and is drawn at random elsewhere
 * (Nguyen and Rodríguez Martínez 2020, "On quantitative aspects of model interpretability", arXiv:2007.07584, section 2.3). The
 * paper leaves ℓ, ε and the distribution open. Here ℓ = (F(x′) − F(x))² / F(x)², which Quantus uses for monotonicity correlation,
 * of the same paper. The mean is over `draws` draws, the same ones for every k. k is searched among ⌊n·i/steps⌋, and is n if none
 * is enough. Tied positions are ordered at random.
 *
 * `quantus` (complexity/effective_complexity.py of Quantus 0.6.0): the number of magnitudes above `tolerance` times the largest.
 * It does not use the model. In Quantus the largest is that of all samples; here it is each sample's own.
 *
 * Measures per sample: `effectiveComplexity`; `effectiveShare`, the same as a share of the positions, or of the map's values;
 * `zeroMaps`.
 */
export const effectiveComplexity = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Effective complexity',
  category: 'complexity',
  source:
    'Nguyen and Rodríguez Martínez, On quantitative aspects of model interpretability, 2020, arXiv:2007.07584; EffectiveComplexity of Quantus 0.6.0.',
  summary: 'How many of the highest-ranked positions must be kept for the output to stay, whatever the others are.',
  rules,
  headline: 'effectiveComplexity',
  measures: [
    {
      ...{ name: 'effectiveComplexity', aggregate: 'mean', title: 'Effective complexity', direction: 'lower', role: 'result' },
      meaning:
        'How many of the highest-ranked positions must be kept for the output to stay; of quantus how many values are large.',
      range: { low: 0 },
      dependsOn: ['shape'],
    },
    {
      ...{ name: 'effectiveShare', aggregate: 'mean', title: 'Effective share', direction: 'lower', role: 'result' },
      meaning: 'The same as a share of all positions, or values.',
      range: { low: 0, high: 1 },
    },
    zeroMapsCheck('they count as a map that is the same everywhere'),
  ],
  // Inputs, maps, places and what positions are filled with.
  tensors: 4,
  rowsPerSetting: true,
  passes: (settings) => ({ forward: settings.reduce((sum, setting) => sum + passesOf(setting), 0), gradient: 0 }),
  score,
});

function passesOf(setting: Setting): number {
  if (setting.definition === 'quantus') return 0;
  const { steps, draws, target } = asking(setting);
  return steps * draws + (target === 'probability' ? 0 : 1);
}

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const magnitudes = finiteMaps(request.maps, request).map(magnitudesOf);
  const counts = new Map<Setting, readonly number[]>();
  for (const setting of settings) if (setting.definition === 'paper') counts.set(setting, await keptCounts(request, setting));
  const positions = sizeOf(positionsOfShape(request.inputs.shape.slice(1)));
  return scoreEach(request, settings, (sample, setting) => {
    const { magnitudes: own = new Float64Array(), largest = 0 } = magnitudes[sample] ?? {};
    const kept = counts.get(setting)?.[sample];
    const count = kept ?? own.filter((value) => value > (setting.tolerance ?? NaN) * largest).length;
    return {
      effectiveComplexity: count,
      effectiveShare: count / (kept === undefined ? own.length : positions),
      zeroMaps: largest === 0 ? 1 : 0,
    };
  });
}

/** For each sample, the least number of kept positions at which the output stays. */
async function keptCounts(request: ScoreRequest, setting: Setting): Promise<number[]> {
  const { tolerance, steps, draws, fill, target } = asking(setting);
  const positions = sizeOf(positionsOfShape(request.inputs.shape.slice(1)));
  const counts = Array.from({ length: steps }, (_, i) => Math.floor((positions * i) / steps));
  const { whole, moved } = await movedOutputs(request, { counts, draws, fill, target });
  return moved.map((ofDraws, sample) => {
    const output = whole[sample] ?? NaN;
    const enough = counts.findIndex((_, step) => {
      const squares = ofDraws.reduce((sum, outputs) => sum + ((outputs[step] ?? NaN) - output) ** 2, 0);
      return squares / draws < tolerance * output ** 2;
    });
    return counts[enough] ?? positions;
  });
}
