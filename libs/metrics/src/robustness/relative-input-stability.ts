import type { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { settingRules } from '../setting-rules.js';
import { keptClasses } from './kept-classes.js';
import {
  completedRelative,
  relativeDraws,
  relativeMeasures,
  relativeParameters,
  relativeSquares,
  scoreRelative,
} from './relative-stability.js';

const METRIC = 'relative-input-stability';
const rules = settingRules(relativeParameters, { several: ['definition', 'noise'], complete: completedRelative });
type Setting = z.infer<typeof rules.setting>;

/**
 * Does a map change more than its sample, both relative to their own values? The largest of ‖(e − e′)/e‖₂ / max(‖(x − x′)/x‖₂,
 * ε), ε = 1e-6, with e the map of a sample x, and e′ the map of a sample x′ near it for which the model predicts the same class.
 * Quotients are taken value by value. The explained class stays that of the sample, and a random method reuses the random numbers
 * of the sample.
 *
 * - `paper`: Agarwal et al. 2022 ("Rethinking stability for attribution-based explanations", arXiv:2203.06877), equation 2, with
 * the normal noise of 0.05 and the 50 copies of their code (OpenXAI). Values of e and of x that are 0 have no quotient and are
 * left out.
 * - `quantus`: RelativeInputStability of Quantus 0.6.0: noise of 0.02 to 0.2, all upwards; 1e-6 replaces each 0, so one such
 * value of x makes the divisor about 1e5. If one draw changes the predicted class, Quantus returns NaN; here that draw is left
 * out.
 *
 * Measures per sample: `relativeInputStability`; `leftOutDraws` and `noDraws` about draws that change the predicted class;
 * `zeroValues`, the share of the map's values that are 0; `zeroMaps`.
 */
export const relativeInputStability = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Relative input stability',
  category: 'robustness',
  source:
    'Agarwal et al., Rethinking stability for attribution-based explanations, 2022, arXiv:2203.06877, equation 2; Quantus 0.6.0.',
  summary: 'How much a map changes by its own values, over how much the sample does.',
  rules,
  headline: 'relativeInputStability',
  sweeps: [{ key: 'noise', title: 'noise' }],
  measures: relativeMeasures('relativeInputStability', 'Relative input stability', 'that of the sample'),
  // Inputs, moved inputs and maps.
  tensors: 4,
  passes: (settings) => ({ forward: relativeDraws(settings), gradient: 0 }),
  drawsAgain: relativeDraws,
  score: (request, settings: readonly Setting[]) =>
    scoreRelative(request, settings, {
      ...{ metric: METRIC, measure: 'relativeInputStability' },
      changes: ({ definition }) =>
        Promise.resolve(async (drawn) => ({
          sizes: drawn.copies.map(({ before, after }) => Math.sqrt(relativeSquares(before, after, definition))),
          kept: await keptClasses(request, drawn),
        })),
    }),
});
