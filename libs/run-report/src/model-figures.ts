import { macroRocCurve } from '@xaigrid/metrics';
import {
  classBars,
  confusionFigure,
  precisionRecallCurves,
  reliabilityDiagram,
  rocCurves,
  type ClassCurve,
  type Figure,
} from '@xaigrid/report';
import type { ModelQuality } from './model-quality.js';

/** From this number of classes on, a curve is one of many faint lines and gets fewer points, to keep the page small. */
const MANY_CLASSES = 20;
const RESOLUTION = { few: 500, many: 100 };

/** Figures of how good the model is. */
export async function modelFigures(quality: ModelQuality): Promise<Figure[]> {
  const { report, classNames } = quality;
  const { accuracy, averages, calibration, confusion, perClass, multiLabel } = report;
  const bars = perClass.map((scores) => ({ ...scores, name: classNames[scores.class] ?? '' }));
  return [
    await classBars(
      {
        classes: bars.map(({ name, accuracy: value, support }) => ({ name, value, ...(support === 0 ? {} : { support }) })),
        overall:
          multiLabel === undefined
            ? { label: 'Overall', value: accuracy }
            : { label: 'Micro average', value: averages.micro.recall },
      },
      multiLabel === undefined
        ? { name: 'class-accuracy', title: 'Accuracy by class', measure: 'Accuracy' }
        : { name: 'class-recall', title: 'Recall by class', measure: 'Recall' },
    ),
    await classBars(
      {
        classes: bars.map(({ name, f1, support }) => ({ name, value: support === 0 ? undefined : f1 })),
        overall: { label: 'Macro average', value: averages.macro.f1 },
      },
      { name: 'class-f1', title: 'F1 by class', measure: 'F1' },
    ),
    await rocFigure(quality),
    await precisionRecallFigure(quality),
    ...(confusion === undefined
      ? []
      : [
          await confusionFigure({ classNames, counts: confusion.counts }),
          await confusionFigure({ classNames, counts: confusion.counts }, { values: 'shares' }),
        ]),
    ...(calibration === undefined ? [] : [await reliabilityDiagram(calibration)]),
  ];
}

function rocFigure({ report, classification, classNames }: ModelQuality): Promise<Figure> {
  const resolution = resolutionFor(report.classes);
  const outlines = report.perClass.map((scores) => classification.rocOutline(scores.class, { resolution }));
  const macro = macroRocCurve(
    outlines,
    Float64Array.from({ length: resolution + 1 }, (_, at) => at / resolution),
  );
  const micro = classification.rocOutline('micro', { resolution });
  const curve = (name: string, area: number | undefined, outline: typeof micro): ClassCurve => ({
    ...{ name, area, x: outline.falsePositiveRate, y: outline.truePositiveRate },
  });
  const { averages, perClass } = report;
  return rocCurves({
    classes: perClass.flatMap(({ class: index, rocAuc }) => {
      const outline = outlines[index];
      return outline === undefined ? [] : [curve(classNames[index] ?? '', rocAuc, outline)];
    }),
    averages: [curve('micro average', averages.micro.rocAuc, micro), curve('macro average', averages.macro.rocAuc, macro)],
  });
}

function precisionRecallFigure({ report, classification, classNames }: ModelQuality): Promise<Figure> {
  const resolution = resolutionFor(report.classes);
  const curve = (name: string, area: number | undefined, subject: number | 'micro'): ClassCurve => {
    const { recall, precision } = classification.precisionRecallOutline(subject, { resolution });
    return { name, area, x: recall, y: precision };
  };
  return precisionRecallCurves({
    classes: report.perClass.map(({ class: index, support, averagePrecision }) =>
      curve(classNames[index] ?? '', support === 0 ? undefined : averagePrecision, index),
    ),
    averages: [curve('micro average', report.averages.micro.averagePrecision, 'micro')],
  });
}

function resolutionFor(classes: number): number {
  return classes > MANY_CLASSES ? RESOLUTION.many : RESOLUTION.few;
}
