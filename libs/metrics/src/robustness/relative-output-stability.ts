import { argmaxRows, rowsOf } from '@xaigrid/tensor';
import type { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import type { ScoreRequest } from '../metric.js';
import { targetParameter, withTarget } from '../perturbation/target.js';
import { settingRules } from '../setting-rules.js';
import { euclideanDistance } from '../statistics/distances.js';
import type { RedrawnMaps } from './redrawn-maps.js';
import { completedRelative, relativeDraws, relativeMeasures, relativeParameters, scoreRelative } from './relative-stability.js';

const METRIC = 'relative-output-stability';
const rules = settingRules(
  {
    ...relativeParameters,
    target: targetParameter.unwrap().default('logit').meta({
      description: 'Which outputs h are compared, of all classes: logits, as its authors do; probabilities; or their logarithms.',
    }),
  },
  {
    several: ['definition', 'noise', 'target'],
    complete: (setting, model) => withTarget({ ...completedRelative(setting), target: setting.target }, model),
  },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * Does a map change more, relative to its own values, than the model's outputs? The largest of ‖(e − e′)/e‖₂ / max(‖h(x) −
 * h(x′)‖₂, ε), ε = 1e-6, with e the map of a sample x, e′ the map of a sample x′ near it for which the model predicts the same
 * class, and h the outputs of all classes.
 *
 * - `paper`: Agarwal et al. 2022 ("Rethinking stability for attribution-based explanations", arXiv:2203.06877), equation 5, with
 * noise and copies as in `relative-input-stability`.
 * - `quantus`: RelativeOutputStability of Quantus 0.6.0, with its noise, and 1e-6 for each 0 of e.
 *
 * Measures per sample: `relativeOutputStability`; checks as in `relative-input-stability`.
 */
export const relativeOutputStability = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Relative output stability',
  category: 'robustness',
  source:
    'Agarwal et al., Rethinking stability for attribution-based explanations, 2022, arXiv:2203.06877, equation 5; Quantus 0.6.0.',
  summary: 'How much a map changes by its own values, over how much the model’s outputs do.',
  rules,
  headline: 'relativeOutputStability',
  sweeps: [{ key: 'noise', title: 'noise' }],
  measures: relativeMeasures('relativeOutputStability', 'Relative output stability', 'the change of the model’s outputs'),
  // Inputs, moved inputs and maps.
  tensors: 4,
  passes: (settings) => ({ forward: relativeDraws(settings) + targetsOf(settings).length, gradient: 0 }),
  drawsAgain: relativeDraws,
  score: async (request, settings: readonly Setting[]) => {
    const own = new Map<Setting['target'], ScoreRequest['predictions']>([['probability', request.predictions]]);
    for (const target of targetsOf(settings)) own.set(target, await request.engine.predict(request.inputs, target));
    return scoreRelative(request, settings, {
      ...{ metric: METRIC, measure: 'relativeOutputStability' },
      changes: ({ target }) => Promise.resolve((drawn) => outputChange(drawn, own.get(target) ?? request.predictions, target)),
    });
  },
});

/** The targets for which the samples' own outputs must still be computed. */
function targetsOf(settings: readonly Pick<Setting, 'target'>[]): Setting['target'][] {
  return [...new Set(settings.map(({ target }) => target))].filter((target) => target !== 'probability');
}

/** One forward pass gives both the outputs and the predicted class. */
async function outputChange({ outputs }: RedrawnMaps, own: ScoreRequest['predictions'], target: Setting['target']) {
  const after = await outputs(target);
  const [before, now] = [argmaxRows(own), argmaxRows(after)];
  return {
    sizes: Float64Array.from(before, (_, row) =>
      euclideanDistance(rowsOf(own, row, row + 1).data, rowsOf(after, row, row + 1).data),
    ),
    kept: Array.from(before, (one, row) => one === now[row]),
  };
}
