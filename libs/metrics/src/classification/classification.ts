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
import { createRanking, type RankedPositives, type SampleLabels } from './ranking.js';
import { splitScores } from './split-scores.js';

export interface ClassificationOptions {
  /** How many samples will come. */
  readonly samples: number;
  /** Outputs of the model. */
  readonly classes: number;
  /** The k of top-k accuracy; those of at least `classes` are left out. Default 2, 3 and 5. */
  readonly topK?: readonly number[];
  /** Bins of equal width that confidences are put in for calibration. Default 15. */
  readonly calibrationBins?: number;
  /** Samples have sets of labels, of several classes or none. Default no. */
  readonly labelSets?: boolean;
}

export interface ClassificationReport {
  readonly samples: number;
  readonly classes: number;
  readonly accuracy: number;
  readonly topK: readonly { readonly k: number; readonly accuracy: number }[];
  readonly perClass: readonly ClassScores[];
  readonly averages: AveragedScores;
  /** Undefined where samples have sets of labels. */
  readonly confusion: ConfusionMatrix | undefined;
  /** Undefined when the outputs are not probabilities (outside 0 to 1, or rows that do not sum to 1), and for sets of labels. */
  readonly calibration: Calibration | undefined;
  /** Where samples have sets of labels. `accuracy` is then the share of samples whose set is predicted exactly. */
  readonly multiLabel?: MultiLabelScores;
}

/** A class against the rest, or `micro`: every output of every sample against whether it is the label's. */
export type CurveSubject = number | 'micro';

/** What the predictions of one model on one data set say about the model. */
export interface Classification {
  /**
   * Takes the next samples; pages may have any size.
   * @param outputs `[n, classes]`
   * @param labels one a sample, or a set a sample
   * @throws SHAPE_MISMATCH for outputs of another width, labels that are no class, or more samples than announced; NOT_FINITE.
   */
  add(outputs: Tensor, labels: Int32Array | readonly LabelSet[]): void;
  /** Everything that is one number, a row or a matrix. All announced samples must have come; SHAPE_MISMATCH otherwise. */
  report(): ClassificationReport;
  /** Every point of the curve, with its threshold. Sorts the outputs it is about. */
  rocCurve(subject: CurveSubject, options?: CurveOptions): RocCurve;
  precisionRecallCurve(subject: CurveSubject, options?: CurveOptions): PrecisionRecallCurve;
  /** The curve as far as a picture can show it; sorts nothing. */
  rocOutline(subject: CurveSubject, options?: OutlineOptions): RocPoints;
  precisionRecallOutline(subject: CurveSubject, options?: OutlineOptions): PrecisionRecallPoints;
}

/** How far from 1 the sum of float32 probabilities may be. */
const SUM_TOLERANCE = 1e-3;

/**
 * Metrics of a classifier from its stored predictions, by the definitions of scikit-learn 1.2.1, ties included. The predicted class
 * is the first of the largest outputs. Memory: the outputs once, in float32, and what one curve needs while it is drawn; areas
 * under curves are counted against the sorted outputs of the positives only, so that no column is ever sorted for them.
 *
 * Where scikit-learn warns or refuses: a class without a sample has recall, F1 and average precision 0, as there, and no ROC AUC,
 * which the macro average then leaves out; a class never predicted has precision 0.
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
  /** Outputs that come before the label's when sorted as `top_k_accuracy_score` does: larger, or equal and of a later class. */
  const ranks = new Int32Array(samples);
  let added = 0;
  let probabilities = true;
  let ranking: { readonly perClass: readonly RankedPositives[]; readonly micro: RankedPositives } | undefined;

  function ranked(): NonNullable<typeof ranking> {
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

  /** Looks at the outputs of a row; returns their sum. */
  function checkOutputs(row: number): number {
    const start = row * classes;
    let sum = 0;
    for (let at = start; at < start + classes; at += 1) {
      const value = scores[at] ?? NaN;
      sum += value;
      if (value < 0 || value > 1) probabilities = false;
      // −0 equals 0, but its bits do not.
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

/** The report of predictions that are all at hand; see `createClassification`. */
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
