export interface ConfusionMatrix {
  readonly classes: number;
  /** `counts[t * classes + p]`: samples of class t that were taken for class p. */
  readonly counts: Float64Array;
}

/** What the entries of a normalised matrix are shares of: the samples of the true class, of the predicted one, or all. */
export type Normalisation = 'true' | 'predicted' | 'all';

/** `confusion_matrix(labels, predicted, labels=range(classes))`. */
export function confusionMatrix(labels: Int32Array, predicted: Int32Array, classes: number): ConfusionMatrix {
  const counts = new Float64Array(classes * classes);
  for (const [row, label] of labels.entries()) {
    const at = label * classes + (predicted[row] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { classes, counts };
}

/** `confusion_matrix(…, normalize=…)`: shares, 0 where there is nothing to take a share of. `[classes, classes]` */
export function normalisedConfusion({ classes, counts }: ConfusionMatrix, by: Normalisation): Float64Array {
  const { supports, predictions } = totalsOf({ classes, counts });
  const all = supports.reduce((sum, support) => sum + support, 0);
  return counts.map((count, at) => {
    const total = { true: supports[Math.floor(at / classes)], predicted: predictions[at % classes], all }[by] ?? 0;
    return total === 0 ? 0 : count / total;
  });
}

/** Samples of each class, and samples taken for each class. */
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
