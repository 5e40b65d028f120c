import { areaUnderRoc, averagePrecision, type RankedPositives } from './ranking.js';

/** How well one class is predicted. */
export interface ClassScores {
  readonly class: number;
  /** The number of samples of the class. */
  readonly support: number;
  /** The number of samples predicted as the class. */
  readonly predicted: number;
  /** The share of the class's samples that are predicted as it: the recall. Undefined without samples. */
  readonly accuracy: number | undefined;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** The area under the ROC curve of this class against the rest. Undefined if the class or the rest has no samples. */
  readonly rocAuc: number | undefined;
  /** The area under the precision-recall curve, drawn in steps. */
  readonly averagePrecision: number;
}

interface Averaged {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Scores averaged over the classes in three ways. */
export interface AveragedScores {
  /** The mean over classes: each class counts the same. */
  readonly macro: Averaged & RankedAverages;
  /** The mean over classes, weighted by their numbers of samples. */
  readonly weighted: Averaged;
  /** Over all decisions. If each sample has one class, precision, recall and F1 are all the accuracy. */
  readonly micro: Averaged & RankedAverages;
}

interface RankedAverages {
  readonly rocAuc: number | undefined;
  readonly averagePrecision: number;
}

/** For one class: how many samples have it, are predicted as it, and both. */
export interface ClassCounts {
  readonly support: number;
  readonly predicted: number;
  readonly correct: number;
}

/**
 * The scores of each class: `precision_recall_fscore_support(…, zero_division=0)`, `roc_auc_score` and `average_precision_score`.
 */
export function classScores(counts: readonly ClassCounts[], ranked: readonly RankedPositives[]): ClassScores[] {
  return ranked.map((ranking, c) => {
    const { support, predicted, correct } = counts[c] ?? { support: 0, predicted: 0, correct: 0 };
    const precision = ratio(correct, predicted);
    const recall = ratio(correct, support);
    return {
      ...{ class: c, support, predicted },
      accuracy: support === 0 ? undefined : recall,
      ...{ precision, recall, f1: ratio(2 * precision * recall, precision + recall) },
      rocAuc: areaUnderRoc(ranking),
      averagePrecision: averagePrecision(ranking),
    };
  });
}

/**
 * The averages of all classes' scores.
 * @param scores of each class
 * @param totals the counts of each class, and the ranking of all classes together
 */
export function averageScores(
  scores: readonly ClassScores[],
  { counts, ranked }: { readonly counts: readonly ClassCounts[]; readonly ranked: RankedPositives },
): AveragedScores {
  const total = (of: (count: ClassCounts) => number): number => counts.reduce((sum, count) => sum + of(count), 0);
  const [supports, predictions] = [total(({ support }) => support), total(({ predicted }) => predicted)];
  const correct = total((count) => count.correct);
  const mean = (of: (score: ClassScores) => number): number => scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  const weighted = (of: (score: ClassScores) => number): number =>
    ratio(
      scores.reduce((sum, score) => sum + of(score) * score.support, 0),
      supports,
    );
  const areas = scores.map(({ rocAuc }) => rocAuc).filter((area) => area !== undefined);
  return {
    macro: {
      ...averaged(mean),
      rocAuc: areas.length === 0 ? undefined : areas.reduce((sum, area) => sum + area, 0) / areas.length,
      averagePrecision: mean(({ averagePrecision }) => averagePrecision),
    },
    weighted: averaged(weighted),
    micro: {
      precision: ratio(correct, predictions),
      recall: ratio(correct, supports),
      f1: ratio(2 * correct, predictions + supports),
      rocAuc: areaUnderRoc(ranked),
      averagePrecision: averagePrecision(ranked),
    },
  };
}

function averaged(average: (of: (score: ClassScores) => number) => number): Averaged {
  return {
    precision: average(({ precision }) => precision),
    recall: average(({ recall }) => recall),
    f1: average(({ f1 }) => f1),
  };
}

/** `part / whole`; 0 if `whole` is 0. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
