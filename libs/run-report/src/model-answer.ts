import type { ClassificationCurves, ModelQualityAnswer } from '@xaigrid/contracts';
import type { Classification, ClassificationReport, CurveSubject } from '@xaigrid/metrics';
import type { ModelQuality } from './model-quality.js';

/** The most classes with curves: some hundred points each. */
const MOST_CURVES = 50;
/** The most cells of the confusion matrix: all of 100 classes. */
const MOST_CELLS = 10_000;
/** Points along an axis of a curve: few classes get finer curves. */
const RESOLUTION = { few: 250, many: 100 };
const MANY_CLASSES = 20;

/** The quality of a model as the API sends it: bounded, whatever the number of samples and classes. */
export function modelAnswer(quality: ModelQuality): ModelQualityAnswer {
  const { engine, classNames, samples, planned, accuracyInterval, report, classification } = quality;
  const { accuracy, topK, averages, calibration, multiLabel } = report;
  const withCurves = classesWithCurves(report);
  const resolution = report.classes > MANY_CLASSES ? RESOLUTION.many : RESOLUTION.few;
  const curvesOf = (subject: CurveSubject): ClassificationCurves => outlines(classification, subject, resolution);
  return {
    ...{ engine, classNames: [...classNames], samples, planned, accuracy },
    ...(accuracyInterval === undefined ? {} : { accuracyInterval }),
    topK: topK.map((one) => ({ ...one })),
    macro: withoutUndefinedArea(averages.macro),
    micro: {
      ...withoutUndefinedArea({ rocAuc: averages.micro.rocAuc, averagePrecision: averages.micro.averagePrecision }),
      curves: curvesOf('micro'),
    },
    perClass: report.perClass.map((scores) => {
      const { class: index, support, predicted, precision, recall, f1, rocAuc, averagePrecision } = scores;
      return {
        ...{ class: index, support, predicted, precision, recall, f1 },
        ...withoutUndefinedArea({ rocAuc, averagePrecision }),
        ...(withCurves.has(index) ? { curves: curvesOf(index) } : {}),
      };
    }),
    ...(report.confusion === undefined ? {} : { confusion: cellsOf(report.confusion) }),
    ...(calibration === undefined
      ? {}
      : {
          calibration: {
            ...{ expectedError: calibration.expectedError, maximumError: calibration.maximumError },
            bins: calibration.bins.map(({ low, high, samples: count, confidence, accuracy: right }) => ({
              ...{ low, high, samples: count },
              ...(confidence === undefined || right === undefined ? {} : { confidence, accuracy: right }),
            })),
          },
        }),
    ...(multiLabel === undefined ? {} : { multiLabel: { threshold: multiLabel.threshold, hammingLoss: multiLabel.hammingLoss } }),
  };
}

/** The classes with samples; if there are too many, those with the lowest F1. */
function classesWithCurves({ perClass }: ClassificationReport): ReadonlySet<number> {
  const candidates = perClass.filter(({ support, rocAuc }) => support > 0 && rocAuc !== undefined);
  const chosen = candidates.toSorted((a, b) => a.f1 - b.f1 || a.class - b.class).slice(0, MOST_CURVES);
  return new Set(chosen.map((scores) => scores.class));
}

function outlines(classification: Classification, subject: CurveSubject, resolution: number): ClassificationCurves {
  const roc = classification.rocOutline(subject, { resolution });
  const { recall, precision } = classification.precisionRecallOutline(subject, { resolution });
  return {
    roc: { x: shortened(roc.falsePositiveRate), y: shortened(roc.truePositiveRate) },
    precisionRecall: { x: shortened(recall), y: shortened(precision) },
  };
}

/** Five decimals are more than a picture shows. */
function shortened(values: Float64Array): number[] {
  return Array.from(values, (value) => Math.round(value * 1e5) / 1e5);
}

function cellsOf({
  classes,
  counts,
}: NonNullable<ClassificationReport['confusion']>): NonNullable<ModelQualityAnswer['confusion']> {
  const all = Array.from(counts, (samples, at) => ({ label: Math.floor(at / classes), predicted: at % classes, samples }));
  const cells = all.filter(({ samples }) => samples > 0);
  if (cells.length <= MOST_CELLS) return { cells, cellsLeftOut: 0 };
  return {
    cells: cells.toSorted((a, b) => b.samples - a.samples).slice(0, MOST_CELLS),
    cellsLeftOut: cells.length - MOST_CELLS,
  };
}

function withoutUndefinedArea<Scores extends { readonly rocAuc: number | undefined }>({
  rocAuc,
  ...others
}: Scores): Omit<Scores, 'rocAuc'> & { readonly rocAuc?: number } {
  return { ...others, ...(rocAuc === undefined ? {} : { rocAuc }) };
}
