import { confusedClasses, type ConfusedClass } from '@xaigrid/metrics';
import type { ModelPart, PageTable } from '@xaigrid/report';
import type { ModelQuality } from './model-quality.js';

/** The rows of Table 1, and the number of classes that each row names. */
const MOST_CONFUSED = { classes: 5, confusedWith: 3 };

/** The classes that a model confuses most, as in Table 1. */
export function mostConfused({ report }: Pick<ModelQuality, 'report'>): ConfusedClass[] {
  return confusedClasses(report, MOST_CONFUSED);
}

/** The facts that are a single number. */
export function modelFacts({ report, samples, planned, taken, accuracyInterval }: ModelQuality): ModelPart['facts'] {
  const { accuracy, topK, averages, calibration, classes, multiLabel } = report;
  const { macro, weighted, micro } = averages;
  return [
    { name: multiLabel === undefined ? 'Accuracy' : 'Subset accuracy', value: number(accuracy) },
    ...(accuracyInterval === undefined
      ? []
      : [{ name: '95 % interval', value: `${number(accuracyInterval.low)} to ${number(accuracyInterval.high)}` }]),
    ...topK.map(({ k, accuracy: share }) => ({ name: `Top-${k} accuracy`, value: number(share) })),
    ...(multiLabel === undefined
      ? []
      : [
          { name: 'Hamming loss', value: number(multiLabel.hammingLoss) },
          { name: 'F1, samples', value: number(multiLabel.samples.f1) },
          { name: 'F1, micro', value: number(micro.f1) },
        ]),
    { name: 'F1, macro', value: number(macro.f1) },
    { name: 'F1, weighted', value: number(weighted.f1) },
    { name: 'ROC AUC, macro', value: number(macro.rocAuc) },
    { name: 'ROC AUC, micro', value: number(micro.rocAuc) },
    { name: 'Average precision, macro', value: number(macro.averagePrecision) },
    { name: 'Average precision, micro', value: number(micro.averagePrecision) },
    ...(multiLabel === undefined
      ? [{ name: 'Calibration error', value: calibration === undefined ? 'no probabilities' : number(calibration.expectedError) }]
      : [
          { name: 'Labels a sample', value: number(multiLabel.labels.given) },
          { name: `Classes above ${multiLabel.threshold} a sample`, value: number(multiLabel.labels.predicted) },
        ]),
    ...samplesFacts({ samples, planned, taken }),
    { name: 'Classes', value: String(classes) },
  ];
}

/** The number of samples behind the metrics. If the run takes a part of the data set: of how many, and which. */
function samplesFacts({ samples, planned, taken }: Pick<ModelQuality, 'samples' | 'planned' | 'taken'>): ModelPart['facts'] {
  const counts = [...new Set([samples, planned, taken?.datasetSize ?? planned])];
  const { chosen } = taken ?? {};
  const how =
    chosen === undefined
      ? 'the first'
      : `at random${chosen.choose === 'stratified' ? ', classes in proportion' : ''}, seed ${chosen.seed}`;
  return [{ name: 'Samples', value: counts.join(' of ') }, ...(taken === undefined ? [] : [{ name: 'Samples are', value: how }])];
}

export function confusedTable(quality: ModelQuality): PageTable {
  const { classNames } = quality;
  return {
    caption: 'Table 1: the most confused classes, the lowest F1 first',
    columns: columns('Class', ['Samples', 'Accuracy', 'ROC AUC', 'PR AUC', 'F1'], 'Confused with (samples)'),
    rows: mostConfused(quality).map((row) => [
      classNames[row.class] ?? '',
      String(row.support),
      ...[row.accuracy, row.rocAuc, row.averagePrecision, row.f1].map(number),
      row.confusedWith.map(({ class: other, samples }) => `${classNames[other] ?? ''} (${samples})`).join(', '),
    ]),
  };
}

/**
 * Precision, recall, F1, areas and support of each class, then the averages.
 * @param most the most classes shown; of more, those with the lowest F1
 */
export function perClassTable({ report, classNames }: ModelQuality, most = Infinity): PageTable {
  const { perClass, averages, samples } = report;
  const shown =
    perClass.length <= most
      ? perClass
      : perClass
          .filter(({ support }) => support > 0)
          .sort((a, b) => a.f1 - b.f1 || a.class - b.class)
          .slice(0, most);
  const { macro, weighted, micro } = averages;
  const average = (name: string, { precision, recall, f1 }: typeof weighted, areas?: typeof macro): string[] => [
    name,
    ...[precision, recall, f1].map(number),
    ...(areas === undefined ? ['', ''] : [areas.rocAuc, areas.averagePrecision].map(number)),
    String(samples),
  ];
  const left = perClass.length - shown.length;
  return {
    caption: `Precision, recall and F1 by class${left > 0 ? `: the ${shown.length} of ${perClass.length} with the lowest F1` : ''}`,
    columns: columns('Class', ['Precision', 'Recall', 'F1', 'ROC AUC', 'Average precision', 'Support']),
    rows: [
      ...shown.map((row) => [
        classNames[row.class] ?? '',
        row.predicted === 0 ? 'never predicted' : number(row.precision),
        number(row.support === 0 ? undefined : row.recall),
        ...[row.f1, row.rocAuc, row.averagePrecision].map((value) => number(row.support === 0 ? undefined : value)),
        String(row.support),
      ]),
      average('macro average', macro, macro),
      average('weighted average', weighted),
      average('micro average', micro, micro),
    ],
  };
}

function columns(first: string, numbers: readonly string[], last?: string): PageTable['columns'] {
  return [
    { title: first, align: 'left' },
    ...numbers.map((title) => ({ title, align: 'right' as const })),
    ...(last === undefined ? [] : [{ title: last, align: 'left' as const }]),
  ];
}

/** Four decimal places; a dash if a class has no samples. */
function number(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(4);
}
