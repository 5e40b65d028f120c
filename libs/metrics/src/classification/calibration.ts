/** The samples whose confidence, the output of the predicted class, lies in one interval. */
export interface CalibrationBin {
  /** Confidences above `low`, up to and including `high`. The first bin also has 0. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
  /** The mean confidence and the accuracy of the bin's samples. Undefined for an empty bin. */
  readonly confidence: number | undefined;
  readonly accuracy: number | undefined;
}

/** How well a model's confidence agrees with its accuracy. */
export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** The mean over the samples of |accuracy − confidence| of their bins: ECE (Guo et al., ICML 2017, arXiv:1706.04599). */
  readonly expectedError: number;
  /** The largest |accuracy − confidence| of a bin. */
  readonly maximumError: number;
}

/**
 * How far the confidence in the predicted class is from the accuracy. Bins have equal width and edges as in scikit-learn's
 * `calibration_curve(predicted == label, confidence, strategy='uniform')`.
 * @param scores `[n, classes]`, probabilities
 */
export function calibrationOf(predictions: {
  readonly scores: Float32Array;
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
  readonly classes: number;
  readonly bins: number;
}): Calibration {
  const { scores, labels, predicted, classes, bins } = predictions;
  const counts = new Float64Array(bins);
  const confidences = new Float64Array(bins);
  const correct = new Float64Array(bins);
  const edge = (i: number): number => i * (1 / bins);
  for (const [row, label] of labels.entries()) {
    const predictedClass = predicted[row] ?? 0;
    const confidence = scores[row * classes + predictedClass] ?? NaN;
    let bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    while (bin > 0 && confidence <= edge(bin)) bin -= 1;
    while (bin < bins - 1 && confidence > edge(bin + 1)) bin += 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
    confidences[bin] = (confidences[bin] ?? 0) + confidence;
    if (predictedClass === label) correct[bin] = (correct[bin] ?? 0) + 1;
  }
  const table = Array.from(counts, (samples, bin): CalibrationBin => ({
    low: edge(bin),
    high: bin === bins - 1 ? 1 : edge(bin + 1),
    samples,
    confidence: samples === 0 ? undefined : (confidences[bin] ?? NaN) / samples,
    accuracy: samples === 0 ? undefined : (correct[bin] ?? NaN) / samples,
  }));
  const gaps = table.map(({ samples, confidence = 0, accuracy = 0 }) => ({ samples, gap: Math.abs(accuracy - confidence) }));
  return {
    bins: table,
    expectedError: gaps.reduce((sum, { samples, gap }) => sum + samples * gap, 0) / labels.length,
    maximumError: Math.max(...gaps.map(({ gap }) => gap)),
  };
}
