/** How often samples of each class are predicted as each class. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** `counts[t * classes + p]`: the number of samples of class t that are predicted as class p. */
  readonly counts: Float64Array;
}

/**
 * What the entries of a normalised matrix are shares of: the samples of the true class, of the predicted class, or all samples.
 */
export type Normalisation = 'true' | 'predicted' | 'all';

/**
 * The confusion matrix, as `confusion_matrix(labels, predicted, labels=range(classes))` of scikit-learn.
 * @param labels one per sample
 * @param predicted one per sample
 */
export function confusionMatrix(labels: Int32Array, predicted: Int32Array, classes: number): ConfusionMatrix {
  const counts = new Float64Array(classes * classes);
  for (const [row, label] of labels.entries()) {
    const at = label * classes + (predicted[row] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { classes, counts };
}

/**
 * The matrix as shares, `[classes, classes]`, as `confusion_matrix(…, normalize=…)` of scikit-learn. A share of no samples is 0.
 */
export function normalisedConfusion({ classes, counts }: ConfusionMatrix, by: Normalisation): Float64Array {
  const { supports, predictions } = totalsOf({ classes, counts });
  const all = supports.reduce((sum, support) => sum + support, 0);
  return counts.map((count, at) => {
    const total = { true: supports[Math.floor(at / classes)], predicted: predictions[at % classes], all }[by] ?? 0;
    return total === 0 ? 0 : count / total;
  });
}

/** The number of samples of each class, and the number predicted as each class. */
export function totalsOf({ classes, counts }: ConfusionMatrix): {
  readonly supports: Float64Array;
  readonly predictions: Float64Array;
} {
  const supports = new Float64Array(classes);
  const predictions = new Float64Array(classes);
  for (let t = 0; t < classes; t += 1) {
    for (let p = 0; p < classes; p += 1) {
      const count = counts[t * classes + p] ?? 0;
      supports[t] = (supports[t] ?? 0) + count;
      predictions[p] = (predictions[p] ?? 0) + count;
    }
  }
  return { supports, predictions };
}
