import { wilsonInterval } from '@xaigrid/contracts';
import { classBars, confusionFigure, type ModelPart } from '@xaigrid/report';
import type { SubjectScores } from './report-scores.js';

/** Rows of the table of confused classes. */
const MOST_CONFUSED = 10;

interface ClassCounts {
  readonly index: number;
  readonly support: number;
  readonly right: number;
  readonly predicted: number;
}

/** How good the model is, from the labels and predicted classes that are stored with the scores. */
export async function modelPart(title: string, { samples }: SubjectScores): Promise<ModelPart> {
  const pairs = [...samples.values()].flatMap((rows) => rows.find((row) => row !== undefined) ?? []);
  const classes = 1 + pairs.reduce((most, { trueClass, predictedClass }) => Math.max(most, trueClass, predictedClass), 0);
  const counts = new Float64Array(classes * classes);
  for (const { trueClass, predictedClass } of pairs) {
    const cell = trueClass * classes + predictedClass;
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  const count = (truth: number, prediction: number): number => counts[truth * classes + prediction] ?? 0;
  const all = Array.from({ length: classes }, (_, index) => index);
  const perClass = all.map((index): ClassCounts => ({
    index,
    right: count(index, index),
    support: all.reduce((sum, other) => sum + count(index, other), 0),
    predicted: all.reduce((sum, other) => sum + count(other, index), 0),
  }));
  const right = perClass.reduce((sum, entry) => sum + entry.right, 0);
  const accuracy = right / pairs.length;
  const interval = wilsonInterval({ ones: right, count: pairs.length });
  const present = perClass.filter(({ support, predicted }) => support + predicted > 0);
  const macroF1 = present.reduce((sum, entry) => sum + f1(entry), 0) / present.length;
  const names = all.map((index) => `class ${index}`);
  return {
    title,
    facts: [
      { name: 'Accuracy', value: accuracy.toFixed(4) },
      ...(interval === undefined
        ? []
        : [{ name: '95 % interval', value: `${interval.low.toFixed(4)} to ${interval.high.toFixed(4)}` }]),
      { name: 'F1, mean of classes', value: macroF1.toFixed(4) },
      { name: 'Samples', value: String(pairs.length) },
    ],
    tables: [
      {
        caption: 'Table 1: the most confused classes',
        columns: [
          { title: 'Class', align: 'left' },
          ...['Samples', 'Accuracy', 'Precision', 'F1'].map((column) => ({ title: column, align: 'right' as const })),
          { title: 'Taken for (samples)', align: 'left' },
        ],
        rows: perClass
          .filter(({ support }) => support > 0)
          .sort((a, b) => f1(a) - f1(b) || a.index - b.index)
          .slice(0, MOST_CONFUSED)
          .map((entry) => [
            names[entry.index] ?? '',
            String(entry.support),
            (entry.right / entry.support).toFixed(4),
            entry.predicted === 0 ? 'never predicted' : (entry.right / entry.predicted).toFixed(4),
            f1(entry).toFixed(4),
            all
              .filter((other) => other !== entry.index && count(entry.index, other) > 0)
              .sort((a, b) => count(entry.index, b) - count(entry.index, a) || a - b)
              .slice(0, 3)
              .map((other) => `${other} (${count(entry.index, other)})`)
              .join(', '),
          ]),
      },
    ],
    figures: [
      await classBars(
        {
          classes: perClass.map(({ index, support, right: ones }) => ({
            name: names[index] ?? '',
            value: support === 0 ? undefined : ones / support,
            ...(support === 0 ? {} : { support }),
          })),
          overall: { label: 'Overall', value: accuracy },
        },
        { name: 'class-accuracy', title: 'Accuracy by class', measure: 'Accuracy' },
      ),
      await confusionFigure({ classNames: names, counts }),
    ],
  };
}

/** 2·right / (support + predicted): of precision and recall the harmonic mean, 0 for a class that is never right. */
function f1({ right, support, predicted }: ClassCounts): number {
  return support + predicted === 0 ? 0 : (2 * right) / (support + predicted);
}
