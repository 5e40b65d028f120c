import { XaigridError, type LabelSet } from '@xaigrid/contracts';
import type { Tensor } from '@xaigrid/tensor';
import { calibrationOf, type Calibration } from './calibration.js';
import { confusionMatrix, totalsOf, type ConfusionMatrix } from './confusion.js';
import { averageScores, classScores, type AveragedScores, type ClassCounts, type ClassScores } from './class-scores.js';
import {
  precisionRecallCurve,
  rocCurve,
  type CurveOptions,
  type PrecisionRecallCurve,
  type PrecisionRecallPoints,
  type RocCurve,
  type RocPoints,
} from './curves.js';
import { precisionRecallOutline, rocOutline, type OutlineOptions } from './outlines.js';
import { multiLabelCounts, type MultiLabelScores } from './multi-label.js';
import { createRanking, rankingSteps, type RankedPositives, type Ranking, type SampleLabels } from './ranking.js';
import { splitScores } from './split-scores.js';

/** What `createClassification` needs to know before the first sample. */
export interface ClassificationOptions {
  /** The number of samples that will be added. */
  readonly samples: number;
  /** The number of classes: outputs of the model. */
  readonly classes: number;
  /** The values of k for top-k accuracy. Values of at least `classes` are left out. Default 2, 3 and 5. */
  readonly topK?: readonly number[];
  /** The number of equally wide bins of confidences for calibration. Default 15. */
  readonly calibrationBins?: number;
  /** Whether samples have sets of labels: several classes or none. Default false. */
  readonly labelSets?: boolean;
}

/** Everything about a classifier's predictions that is a number, a row or a matrix. */
export interface ClassificationReport {
  readonly samples: number;
  readonly classes: number;
  readonly accuracy: number;
  readonly topK: readonly { readonly k: number; readonly accuracy: number }[];
  readonly perClass: readonly ClassScores[];
  readonly averages: AveragedScores;
  /** Undefined if samples have sets of labels. */
  readonly confusion: ConfusionMatrix | undefined;
  /**
   * Undefined if the outputs are not probabilities (outside 0 to 1, or rows that do not sum to 1), or if samples have sets of
   * labels.
   */
  readonly calibration: Calibration | undefined;
  /** Present if samples have sets of labels. Then `accuracy` is the share of samples whose set is predicted exactly. */
  readonly multiLabel?: MultiLabelScores;
}

/** What a curve is about: one class against the rest, or `micro`, all outputs of all samples taken as one binary problem. */
export type CurveSubject = number | 'micro';

/** What the predictions of one model on one data set say about that model. */
export interface Classification {
  /**
   * Adds the next samples, any number at a time.
   * @param outputs `[n, classes]`
   * @param labels one per sample, or a set per sample
   * @throws SHAPE_MISMATCH for outputs of another width, labels that are not classes, or more samples than announced; NOT_FINITE.
   */
  add(outputs: Tensor, labels: Int32Array | readonly LabelSet[]): void;
  /**
   * Does the long part of `report` in short steps and rests between them, so that a server can answer others meanwhile. Without
   * it, `report` does that part itself.
   * @throws SHAPE_MISMATCH when announced samples are missing.
   */
  prepare(rest: () => Promise<unknown>): Promise<void>;
  /**
   * The report on all samples.
   * @throws SHAPE_MISMATCH when announced samples are missing.
   */
  report(): ClassificationReport;
  /** The whole ROC curve with its thresholds. It sorts the outputs of the subject. */
  rocCurve(subject: CurveSubject, options?: CurveOptions): RocCurve;
  precisionRecallCurve(subject: CurveSubject, options?: CurveOptions): PrecisionRecallCurve;
  /** The ROC curve with the points that a picture can show. It sorts nothing. */
  rocOutline(subject: CurveSubject, options?: OutlineOptions): RocPoints;
  precisionRecallOutline(subject: CurveSubject, options?: OutlineOptions): PrecisionRecallPoints;
}

/** How far from 1 the sum of float32 probabilities may be. */
const SUM_TOLERANCE = 1e-3;

/**
 * The metrics of a classifier from its predictions, as scikit-learn 1.2.1 defines them, also for ties. The predicted class is the
 * first of the largest outputs. Memory: the outputs once, in float32, plus what a curve takes while it is drawn. Areas under
 * curves need only the sorted outputs of the positives, so no column is ever sorted for them.
 *
 * Where scikit-learn warns or refuses: a class without samples has recall, F1 and average precision 0, as in scikit-learn. It has
 * no ROC AUC, and the macro average leaves it out. A class that is never predicted has precision 0.
 */
export function createClassification(options: ClassificationOptions): Classification {
  const { samples, classes, topK = [2, 3, 5], calibrationBins = 15, labelSets = false } = options;
  const scores = new Float32Array(samples * classes);
  const labels = new Int32Array(samples);
  const sets: LabelSet[] = [];
  const sampleLabels: SampleLabels = {
    samples,
    labelsOf: (row) => (labelSets ? (sets[row] ?? new Int32Array()) : labels.subarray(row, row + 1)),
  };
  const predicted = new Int32Array(samples);
  /**
   * Outputs that come before the label's output when sorted as in `top_k_accuracy_score`: larger, or equal and of a later class.
   */
  const ranks = new Int32Array(samples);
  let added = 0;
  let probabilities = true;
  let ranking: Ranking | undefined;

  function ranked(): Ranking {
    finished();
    ranking ??= createRanking(scores, sampleLabels, classes);
    return ranking;
  }

  function rankedFor(subject: CurveSubject): RankedPositives {
    const { perClass, micro } = ranked();
    const found = subject === 'micro' ? micro : perClass[subject];
    if (found !== undefined) return found;
    throw new XaigridError('USAGE', `There is no class ${subject}; classes are 0 to ${classes - 1}.`);
  }

  function splitFor(subject: CurveSubject) {
    const range = subject === 'micro' ? { first: 0, end: classes } : { first: subject, end: subject + 1 };
    return splitScores({ scores, classes, ...range }, sampleLabels, rankedFor(subject));
  }

  function checkLabel(row: number, label: number): void {
    if (label >= 0 && label < classes) return;
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `Sample ${row} has label ${label}, but the model has outputs for classes 0 to ${classes - 1}. Check that data set and model belong together.`,
    );
  }

  /** Checks the outputs of a row and returns their sum. */
  function checkOutputs(row: number): number {
    const start = row * classes;
    let sum = 0;
    for (let at = start; at < start + classes; at += 1) {
      const value = scores[at] ?? NaN;
      sum += value;
      if (value < 0 || value > 1) probabilities = false;
      // −0 equals 0, but its bits differ.
      if (value === 0) scores[at] = 0;
    }
    if (Number.isFinite(sum)) return sum;
    throw new XaigridError(
      'NOT_FINITE',
      `The model's outputs on sample ${row} are not all finite. Check the sample and the model.`,
    );
  }

  function addRow(row: number, label: number): void {
    checkLabel(row, label);
    if (Math.abs(checkOutputs(row) - 1) > SUM_TOLERANCE) probabilities = false;
    const start = row * classes;
    const own = scores[start + label] ?? NaN;
    let best = 0;
    let rank = 0;
    for (let c = 0; c < classes; c += 1) {
      const value = scores[start + c] ?? NaN;
      if (value > (scores[start + best] ?? NaN)) best = c;
      if (value > own || (value === own && c > label)) rank += 1;
    }
    labels[row] = label;
    predicted[row] = best;
    ranks[row] = rank;
  }

  function addSet(row: number, set: LabelSet): void {
    for (const label of set) checkLabel(row, label);
    checkOutputs(row);
    sets[row] = set;
  }

  function finished(): void {
    if (added === samples && samples > 0) return;
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${added} of ${samples} predictions are there. Metrics of a model need all, and at least one.`,
    );
  }

  return {
    add(outputs, pageLabels) {
      const [rows = 0, width = 0] = outputs.shape;
      if (outputs.shape.length !== 2 || width !== classes || pageLabels.length !== rows || added + rows > samples) {
        throw new XaigridError(
          'SHAPE_MISMATCH',
          `Predictions of shape [${outputs.shape.join(', ')}] with ${pageLabels.length} labels do not fit: expected at most ${samples - added} rows of ${classes} classes.`,
        );
      }
      scores.set(outputs.data, added * classes);
      for (let row = 0; row < rows; row += 1) {
        const label = pageLabels[row] ?? -1;
        if (typeof label === 'number') addRow(added + row, label);
        else addSet(added + row, label);
      }
      added += rows;
    },
    async prepare(rest) {
      finished();
      const steps = rankingSteps(scores, sampleLabels, classes);
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) {
          ranking = value;
          return;
        }
        await rest();
      }
    },
    report() {
      const { perClass, micro } = ranked();
      if (labelSets) {
        const { counts, subsetAccuracy, scores: multiLabel } = multiLabelCounts(scores, sampleLabels, classes);
        const scored = classScores(counts, perClass);
        return {
          ...{ samples, classes, accuracy: subsetAccuracy, topK: [], perClass: scored },
          averages: averageScores(scored, { counts, ranked: micro }),
          ...{ confusion: undefined, calibration: undefined, multiLabel },
        };
      }
      const confusion = confusionMatrix(labels, predicted, classes);
      const counts = countsOf(confusion);
      const scored = classScores(counts, perClass);
      return {
        samples,
        classes,
        accuracy: share(samples, (row) => labels[row] === predicted[row]),
        topK: topK.filter((k) => k < classes).map((k) => ({ k, accuracy: share(samples, (row) => (ranks[row] ?? k) < k) })),
        perClass: scored,
        averages: averageScores(scored, { counts, ranked: micro }),
        confusion,
        calibration: probabilities ? calibrationOf({ scores, labels, predicted, classes, bins: calibrationBins }) : undefined,
      };
    },
    rocCurve: (subject, curve) => rocCurve(splitFor(subject), curve),
    precisionRecallCurve: (subject, curve) => precisionRecallCurve(splitFor(subject), curve),
    rocOutline: (subject, outline) => rocOutline(rankedFor(subject), outline),
    precisionRecallOutline: (subject, outline) => precisionRecallOutline(rankedFor(subject), outline),
  };
}

/** The report on predictions that are all available at once. See `createClassification`. */
export function classificationReport(
  predictions: { readonly outputs: Tensor; readonly labels: Int32Array | readonly LabelSet[] },
  options: Pick<ClassificationOptions, 'topK' | 'calibrationBins'> = {},
): ClassificationReport {
  const [samples = 0, classes = 0] = predictions.outputs.shape;
  const labelSets = !(predictions.labels instanceof Int32Array);
  const classification = createClassification({ samples, classes, labelSets, ...options });
  classification.add(predictions.outputs, predictions.labels);
  return classification.report();
}

function share(samples: number, holds: (row: number) => boolean): number {
  let count = 0;
  for (let row = 0; row < samples; row += 1) if (holds(row)) count += 1;
  return count / samples;
}

function countsOf(confusion: ConfusionMatrix): ClassCounts[] {
  const { supports, predictions } = totalsOf(confusion);
  return Array.from(supports, (support, c) => ({
    ...{ support, predicted: predictions[c] ?? 0 },
    correct: confusion.counts[c * confusion.classes + c] ?? 0,
  }));
}
