import { argmaxRows } from '@xaigrid/tensor';
import type { Metric, ScoreRequest } from '../metric.js';
import type { RedrawnMaps } from './redrawn-maps.js';

/**
 * Whether the model predicts the same class for each changed sample as for the sample itself. It takes one forward pass per
 * sample.
 */
export async function keptClasses(
  { predictions }: Pick<ScoreRequest, 'predictions'>,
  { outputs }: Pick<RedrawnMaps, 'outputs'>,
): Promise<boolean[]> {
  const classes = argmaxRows(predictions);
  const after = argmaxRows(await outputs());
  return Array.from(classes, (own, sample) => own === after[sample]);
}

/** The checks of metrics that count only draws that keep the predicted class. */
export const keptClassChecks: Metric['measures'] = [
  {
    ...{ name: 'leftOutDraws', aggregate: 'mean', title: 'Draws left out', role: 'check' },
    meaning: 'The share of the draws that changed the predicted class: they are left out.',
    range: { low: 0, high: 1 },
    warning: { from: 0.1, text: 'draws that change the predicted class are left out; a smaller noise changes fewer' },
  },
  {
    ...{ name: 'noDraws', aggregate: 'count', title: 'No draw', role: 'check' },
    meaning: 'Samples of which every draw changed the predicted class: they count as 0, with every method alike.',
    range: { low: 0, high: 1 },
    warning: { text: 'every draw changed the predicted class; the sample counts as 0. Take a smaller noise' },
  },
];
