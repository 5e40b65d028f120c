/** The outputs of a class on its own samples and on the other samples. Any order; drawing a curve sorts them in place. */
export interface SplitScores {
  readonly positives: Float32Array;
  readonly negatives: Float32Array;
}

/** How a curve is drawn. */
export interface CurveOptions {
  /**
   * Leaves out points that a drawing does not need, like the option of this name in scikit-learn: on a ROC curve, points halfway
   * between their neighbours; on a precision-recall curve, points with the same recall as both neighbours (scikit-learn 1.3 and
   * later). Default true.
   */
  readonly dropIntermediate?: boolean;
}

/** The points of a ROC curve by descending threshold, from (0, 0) at threshold ∞ to (1, 1). A rate over no samples is NaN. */
export interface RocPoints {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
}

/** A ROC curve with its thresholds. */
export interface RocCurve extends RocPoints {
  /** Entry i belongs to point i. A sample counts as positive if its output is at least the threshold. */
  readonly thresholds: Float64Array;
}

/** The points of a precision-recall curve. */
export interface PrecisionRecallPoints {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
}

/**
 * A precision-recall curve by ascending threshold, so by descending recall. The last point, recall 0 and precision 1, has no
 * threshold.
 */
export interface PrecisionRecallCurve extends PrecisionRecallPoints {
  /** One fewer than points. */
  readonly thresholds: Float64Array;
}

/** The numbers of positives and negatives at or above each distinct output, by descending output. */
interface Counts {
  readonly truePositives: readonly number[];
  readonly falsePositives: readonly number[];
  readonly thresholds: readonly number[];
}

/** `roc_curve` of scikit-learn. Its first threshold is ∞ (as from version 1.3 on), not the largest output + 1. */
export function rocCurve(scores: SplitScores, { dropIntermediate = true }: CurveOptions = {}): RocCurve {
  const kept = dropIntermediate ? halfwayPoint : undefined;
  const { truePositives, falsePositives, thresholds } = countsByThreshold(scores, kept);
  return {
    falsePositiveRate: Float64Array.from([0, ...falsePositives], (count) => count / scores.negatives.length),
    truePositiveRate: Float64Array.from([0, ...truePositives], (count) => count / scores.positives.length),
    thresholds: Float64Array.from([Infinity, ...thresholds]),
  };
}

/** `precision_recall_curve` of scikit-learn. Without positives, recall is 1 everywhere, as there. */
export function precisionRecallCurve(scores: SplitScores, { dropIntermediate = true }: CurveOptions = {}): PrecisionRecallCurve {
  const kept = dropIntermediate ? sameRecall : undefined;
  const { truePositives, falsePositives, thresholds } = countsByThreshold(scores, kept);
  const positives = scores.positives.length;
  const precision = truePositives.map((count, at) => count / (count + (falsePositives[at] ?? 0)));
  const recall = truePositives.map((count) => (positives === 0 ? 1 : count / positives));
  return {
    precision: Float64Array.from([...precision.reverse(), 1]),
    recall: Float64Array.from([...recall.reverse(), 0]),
    thresholds: Float64Array.from(thresholds).reverse(),
  };
}

type Point = readonly [truePositives: number, falsePositives: number, threshold: number];
type Superfluous = (previous: Point, point: Point, next: Point) => boolean;

const halfwayPoint: Superfluous = ([t0, f0], [t1, f1], [t2, f2]) => t2 - t1 === t1 - t0 && f2 - f1 === f1 - f0;
const sameRecall: Superfluous = ([t0], [t1], [t2]) => t0 === t1 && t1 === t2;

/** Goes down both sorted lists. `superfluous` compares a point with its neighbours before anything was left out. */
function countsByThreshold({ positives, negatives }: SplitScores, superfluous: Superfluous = () => false): Counts {
  positives.sort();
  negatives.sort();
  const counts = { truePositives: new Array<number>(), falsePositives: new Array<number>(), thresholds: new Array<number>() };
  const keep = ([truePositives, falsePositives, threshold]: Point): void => {
    counts.truePositives.push(truePositives);
    counts.falsePositives.push(falsePositives);
    counts.thresholds.push(threshold);
  };
  let positive = positives.length;
  let negative = negatives.length;
  let before: Point | undefined;
  let point: Point | undefined;
  while (positive > 0 || negative > 0) {
    const threshold = Math.max(positives[positive - 1] ?? -Infinity, negatives[negative - 1] ?? -Infinity);
    while (positive > 0 && positives[positive - 1] === threshold) positive -= 1;
    while (negative > 0 && negatives[negative - 1] === threshold) negative -= 1;
    const next: Point = [positives.length - positive, negatives.length - negative, threshold];
    if (point !== undefined && (before === undefined || !superfluous(before, point, next))) keep(point);
    before = point;
    point = next;
  }
  if (point !== undefined) keep(point);
  return counts;
}

/**
 * The mean of several ROC curves: true positive rates are averaged at every false positive rate that one of them has, or at the
 * given rates. Curves are linear between points; where a curve rises vertically, its highest point counts. scikit-learn's example
 * of multiclass ROC draws its macro average this way. Curves without positives or without negatives are left out. The area under
 * the mean curve is close to the mean of the areas, but not equal.
 * @param rates ascending
 */
export function macroRocCurve(curves: readonly RocPoints[], rates?: Float64Array): RocPoints {
  const defined = curves.filter(
    ({ falsePositiveRate: x, truePositiveRate: y }) => !Number.isNaN(x.at(-1)) && !Number.isNaN(y.at(-1)),
  );
  const grid = rates ?? Float64Array.from(new Set(defined.flatMap(({ falsePositiveRate }) => [...falsePositiveRate]))).sort();
  const mean = new Float64Array(grid.length);
  for (const { falsePositiveRate, truePositiveRate } of defined) {
    let at = 0;
    for (const [i, rate] of grid.entries()) {
      while (at + 1 < falsePositiveRate.length && (falsePositiveRate[at + 1] ?? NaN) <= rate) at += 1;
      const [x0 = 0, y0 = 0] = [falsePositiveRate[at], truePositiveRate[at]];
      const [x1 = x0, y1 = y0] = [falsePositiveRate[at + 1], truePositiveRate[at + 1]];
      const value = x1 > x0 ? y0 + ((y1 - y0) * (rate - x0)) / (x1 - x0) : y0;
      mean[i] = (mean[i] ?? 0) + value / defined.length;
    }
  }
  // Every curve starts in the corner (0, 0).
  return { falsePositiveRate: Float64Array.from([0, ...grid]), truePositiveRate: Float64Array.from([0, ...mean]) };
}
