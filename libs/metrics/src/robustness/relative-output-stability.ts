import { argmaxRows, rowsOf } from '@xaigrid/tensor';
import type { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import type { ScoreRequest } from '../metric.js';
import { targetParameter, withTarget } from '../perturbation/target.js';
import { randomStreams } from '../random-streams.js';
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
 * Does a map change more, by its own values, than the model's outputs? With e the map of a sample x, e′ that of a sample x′ near it, which is
 * predicted to be of the same class, and h the outputs of all classes: the largest of ‖(e − e′)/e‖₂ / max(‖h(x) − h(x′)‖₂, ε), ε = 1e-6.
 *
 * - `paper`: Agarwal et al. 2022 ("Rethinking stability for attribution-based explanations", arXiv:2203.06877), equation 5, with noise and copies
 *   as `relative-input-stability`.
 * - `quantus`: RelativeOutputStability of Quantus 0.6.0, with its noise and its 1e-6 for each 0 of e.
 *
 * Measures per sample: `relativeOutputStability`; checks as `relative-input-stability`.
 */
export const relativeOutputStability = defineMetric({
  metric: METRIC,
  version: 1,
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
      ...{ metric: METRIC, measure: 'relativeOutputStability', stream: randomStreams.relativeOutputStability },
      changes: ({ target }) =>
        Promise.resolve((drawn) => outputChange(request, drawn, own.get(target) ?? request.predictions, target)),
    });
  },
});

/** Those of which the samples' own outputs are not there yet. */
function targetsOf(settings: readonly Pick<Setting, 'target'>[]): Setting['target'][] {
  return [...new Set(settings.map(({ target }) => target))].filter((target) => target !== 'probability');
}

/** One forward pass gives both the outputs and the predicted class. */
async function outputChange(
  { engine }: ScoreRequest,
  { moved }: RedrawnMaps,
  own: ScoreRequest['predictions'],
  target: Setting['target'],
) {
  const after = await engine.predict(moved, target);
  const [before, now] = [argmaxRows(own), argmaxRows(after)];
  return {
    sizes: Float64Array.from(before, (_, row) =>
      euclideanDistance(rowsOf(own, row, row + 1).data, rowsOf(after, row, row + 1).data),
    ),
    kept: Array.from(before, (one, row) => one === now[row]),
  };
}
