import { ratio, type ClassCounts } from './class-scores.js';
import type { SampleLabels } from './ranking.js';

/** A class is predicted if its output is above this, as scikit-learn's classifiers do with probabilities. */
const THRESHOLD = 0.5;

/** Further scores of a model whose samples have sets of labels. */
export interface MultiLabelScores {
  /** A class is predicted if its output is above this. */
  readonly threshold: number;
  /** The share of wrong decisions; there is one decision per class and sample: `hamming_loss`. */
  readonly hammingLoss: number;
  /** Means over the samples: `precision_recall_fscore_support(…, average='samples', zero_division=0)`. */
  readonly samples: { readonly precision: number; readonly recall: number; readonly f1: number };
  /** The mean number of labels per sample, and of classes predicted per sample. */
  readonly labels: { readonly given: number; readonly predicted: number };
}

export interface MultiLabelCounts {
  readonly counts: readonly ClassCounts[];
  /** The share of samples whose set of labels is predicted exactly: `accuracy_score`. */
  readonly subsetAccuracy: number;
  readonly scores: MultiLabelScores;
}

/**
 * Counts the predictions of samples with sets of labels.
 * @param outputs `[n, classes]`
 */
export function multiLabelCounts(outputs: Float32Array, { samples, labelsOf }: SampleLabels, classes: number): MultiLabelCounts {
  const support = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const correct = new Float64Array(classes);
  let [exact, wrong, precision, recall, f1] = [0, 0, 0, 0, 0];
  for (let row = 0; row < samples; row += 1) {
    const labels = labelsOf(row);
    let [taken, hits, next] = [0, 0, 0];
    for (let c = 0; c < classes; c += 1) {
      const is = labels[next] === c;
      const said = (outputs[row * classes + c] ?? NaN) > THRESHOLD;
      if (is) next += 1;
      support[c] = (support[c] ?? 0) + Number(is);
      predicted[c] = (predicted[c] ?? 0) + Number(said);
      correct[c] = (correct[c] ?? 0) + Number(is && said);
      taken += Number(said);
      hits += Number(is && said);
    }
    const misses = taken + labels.length - 2 * hits;
    if (misses === 0) exact += 1;
    wrong += misses;
    precision += ratio(hits, taken) / samples;
    recall += ratio(hits, labels.length) / samples;
    f1 += ratio(2 * hits, taken + labels.length) / samples;
  }
  const mean = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0) / samples;
  return {
    counts: Array.from(support, (count, c) => ({ support: count, predicted: predicted[c] ?? 0, correct: correct[c] ?? 0 })),
    subsetAccuracy: exact / samples,
    scores: {
      threshold: THRESHOLD,
      hammingLoss: wrong / (samples * classes),
      samples: { precision, recall, f1 },
      labels: { given: mean(support), predicted: mean(predicted) },
    },
  };
}
