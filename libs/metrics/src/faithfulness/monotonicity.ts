import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { engineFill, fillDescription, fillSchema, isDrawn, withFill } from '../perturbation/fill.js';
import { finiteScore } from '../perturbation/finite-score.js';
import { passesOfCurves, removalCurves, tiesMeasure } from '../perturbation/removal-curves.js';
import { countsTo } from '../perturbation/steps.js';
import { targetParameter, withTarget } from '../perturbation/target.js';
import { attributionsOf, unitCount, unitsOf, unitsParameter } from '../perturbation/units.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: units are put into the baseline. quantus: the baseline is put into the baseline, so that every map is monotone; it runs no model.',
  }),
  units: unitsParameter.default('positions').meta({
    description: 'What is put in by itself: a position with all its channels, or each value.',
  }),
  perStep: z.int().min(1).default(1).meta({ description: 'Units that are put in in one step: a forward pass each step.' }),
  baseline: fillSchema.default('zero').meta({ description: fillDescription.replace('a removed unit', 'what is not yet put in') }),
  target: targetParameter,
};
type Setting = z.infer<z.ZodObject<typeof shape>>;

const rules = settingRules(shape, {
  several: ['definition', 'units', 'perStep', 'target'],
  complete: (setting, model) => withFill(withTarget(setting, model), model),
});

/**
 * Monotonicity (Arya et al. 2019, "One explanation does not fit all", arXiv:1909.03012; Luss et al., arXiv:1905.12698): does the
 * output never fall while units are put into the baseline, the lowest attribution first? With f_k the output when the k lowest of
 * n units are in: `monotone` says whether f_{k+1} ≥ f_k for all k from 1 to n − 1, as `monotonicity_metric` of AIX360;
 * `increases` is the share of these k for which it holds.
 *
 * `quantus` is Monotonicity of Quantus 0.6.0. It replaces units of the baseline by the baseline, so f_k is the same for all k,
 * and every map is monotone.
 *
 * Measures per sample: `increases`, `monotone`; `ties` 1 if a step splits units with equal attributions; `alwaysTrue` 1 for the
 * definition `quantus`.
 */
export const monotonicity = defineMetric({
  metric: 'monotonicity',
  version: 1,
  title: 'Monotonicity',
  category: 'faithfulness',
  source:
    'Arya et al., One explanation does not fit all, arXiv:1909.03012, as monotonicity_metric of AIX360 has it; Monotonicity of Quantus 0.6.0.',
  summary: 'Whether, and how often, the output does not fall while units are put in, the lowest-ranked first.',
  rules,
  headline: 'increases',
  measures: [
    {
      ...{ name: 'increases', aggregate: 'mean', title: 'Increases', direction: 'higher', role: 'result' },
      meaning: 'The share of steps at which the output does not fall, while the lowest-ranked units are put in first.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'monotone', aggregate: 'share', title: 'Monotone', direction: 'higher', role: 'result' },
      meaning: 'The share of samples of which the output falls at no step.',
      range: { low: 0, high: 1 },
    },
    tiesMeasure,
    {
      ...{ name: 'alwaysTrue', aggregate: 'count', title: 'Always true', role: 'check' },
      meaning: 'Samples that were scored by a definition under which every map is monotone.',
      range: { low: 0, high: 1 },
      warning: { text: 'under this definition every map is monotone' },
    },
  ],
  // Inputs, maps, places and baselines. The steps are cut into their own calls.
  tensors: 5,
  rowsPerSetting: true,
  passes: (settings, { inputShape }) =>
    passesOfCurves(
      settings.filter(asksModel).map(({ units, perStep }) => {
        return { steps: Math.ceil(unitCount(units, inputShape) / perStep), repeats: 1, drawn: false };
      }),
    ),
  score,
});

function asksModel({ definition }: Setting): boolean {
  return definition === 'paper';
}

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const maps = finiteMaps(fittedMaps(request.maps, inputs), request);
  return scoreSettings(request, settings, async (setting) => {
    if (!asksModel(setting)) return maps.map(() => ({ increases: 1, monotone: 1, ties: 0, alwaysTrue: 1 }));
    const { perStep, baseline, target } = setting;
    const units = unitsOf(setting.units, inputs.shape.slice(1));
    // The last step is the whole sample. It is computed again in the same way as the other steps, because ≥ depends on the last
    // bit.
    const counts = countsTo(units.count, perStep);
    const curves = await removalCurves(request, {
      ranked: maps.map((map) => ({ units, scores: attributionsOf(map, units).map((score) => -score) })),
      ...{
        counts: () => counts,
        way: 'insert',
        target,
        repeats: 1,
        drawn: isDrawn(baseline),
        stream: randomStreams.monotonicity,
      },
      baseline: (drawing) => engineFill(baseline, drawing),
    });
    return curves.map(({ outputs, tied }, sample) => {
      for (const output of outputs) finiteScore(output, request, { sample, setting });
      const rises = outputs.subarray(1).filter((output, at) => output >= (outputs[at] ?? NaN)).length;
      const steps = outputs.length - 1;
      return {
        increases: steps === 0 ? 1 : rises / steps,
        monotone: rises === steps ? 1 : 0,
        ties: tied ? 1 : 0,
        alwaysTrue: 0,
      };
    });
  });
}
