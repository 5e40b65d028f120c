import type { SplitScores } from './curves.js';
import type { RankedPositives, SampleLabels } from './ranking.js';

/**
 * The outputs of the classes `first` … `end − 1`, split into samples of the class and other samples.
 * @param outputs `[n, classes]`
 */
export function splitScores(
  outputs: { readonly scores: Float32Array; readonly classes: number; readonly first: number; readonly end: number },
  { samples, labelsOf }: SampleLabels,
  ranked: RankedPositives,
): SplitScores {
  const { scores, classes, first, end } = outputs;
  const negatives = new Float32Array(ranked.negatives);
  let filled = 0;
  for (let row = 0; row < samples; row += 1) {
    const labels = labelsOf(row);
    for (let c = first; c < end; c += 1) if (!labels.includes(c)) negatives[filled++] = scores[row * classes + c] ?? NaN;
  }
  return { positives: ranked.positives, negatives };
}
