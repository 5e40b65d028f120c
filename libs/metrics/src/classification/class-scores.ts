import { totalsOf, type ConfusionMatrix } from './confusion.js';
import { areaUnderRoc, averagePrecision, type RankedPositives } from './ranking.js';

export interface ClassScores {
  readonly class: number;
  /** Samples of the class. */
  readonly support: number;
  /** Samples taken for the class. */
  readonly predicted: number;
  /** The share of the class's samples that are taken for it; undefined without samples. Recall, by its other name. */
  readonly accuracy: number | undefined;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** The class against the rest; undefined without samples of the class, or of another one. */
  readonly rocAuc: number | undefined;
  /** The area under the precision-recall curve as steps. */
  readonly averagePrecision: number;
}

interface Averaged {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface AveragedScores {
  /** Every class counts the same. */
  readonly macro: Averaged & RankedAverages;
  /** Every class counts as often as it has samples. */
  readonly weighted: Averaged;
  /** Over all decisions; for one class a sample, all three are the accuracy. */
  readonly micro: Averaged & RankedAverages;
}

interface RankedAverages {
  readonly rocAuc: number | undefined;
  readonly averagePrecision: number;
}

/** `precision_recall_fscore_support(…, zero_division=0)`, `roc_auc_score` and `average_precision_score`, class by class. */
export function classScores(confusion: ConfusionMatrix, ranked: readonly RankedPositives[]): ClassScores[] {
  const { supports, predictions } = totalsOf(confusion);
  return ranked.map((ranking, c) => {
    const correct = confusion.counts[c * confusion.classes + c] ?? 0;
    const [support = 0, predicted = 0] = [supports[c], predictions[c]];
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

export function averageScores(scores: readonly ClassScores[], micro: RankedAverages): AveragedScores {
  const samples = scores.reduce((sum, { support }) => sum + support, 0);
  const correct = scores.reduce((sum, { recall, support }) => sum + Math.round(recall * support), 0) / samples;
  const mean = (of: (score: ClassScores) => number): number => scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  const weighted = (of: (score: ClassScores) => number): number =>
    scores.reduce((sum, score) => sum + of(score) * score.support, 0) / samples;
  const areas = scores.map(({ rocAuc }) => rocAuc).filter((area) => area !== undefined);
  return {
    macro: {
      ...averaged(mean),
      rocAuc: areas.length === 0 ? undefined : areas.reduce((sum, area) => sum + area, 0) / areas.length,
      averagePrecision: mean(({ averagePrecision }) => averagePrecision),
    },
    weighted: averaged(weighted),
    micro: { precision: correct, recall: correct, f1: correct, ...micro },
  };
}

function averaged(average: (of: (score: ClassScores) => number) => number): Averaged {
  return {
    precision: average(({ precision }) => precision),
    recall: average(({ recall }) => recall),
    f1: average(({ f1 }) => f1),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
