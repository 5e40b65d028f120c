import { canonicalJson, wilsonInterval, type Accuracy, type Interval, type TableRow } from '@xaigrid/contracts';
import { wrapped } from './fit-table.js';
import { groupsOf } from './groups.js';
import type { TextStyle } from './table-layouts.js';

/** How good a model is on a data set. A reader must know it to judge explanations of the model. */
export interface ModelAccuracy {
  /** `cnn on mnist1d`; with the run where runs have it by different predictions. */
  readonly title: string;
  /** `accuracy 0.964 [0.951, 0.974] on 1000 samples; chance level 0.106, always saying the most frequent class` */
  readonly text: string;
  /** A sentence if the samples do not show that the model is better than chance. */
  readonly warning: string | undefined;
}

/**
 * One per pair of model and data set whose samples have one label each. The chance level is the no-information rate: the accuracy
 * of always predicting the most frequent class. It is at least 1/classes, and equals it for balanced classes. Sets of labels have
 * no such level: a set is wrong if one of many classes is, so models far better than chance predict few sets exactly.
 */
export function modelAccuracies(rows: readonly TableRow[]): ModelAccuracy[] {
  const known = rows.flatMap(({ dataset, model, runId, accuracy }) =>
    accuracy === undefined || accuracy.samples === 0 ? [] : [{ pair: `${model} on ${dataset}`, runId, accuracy }],
  );
  return groupsOf(known, ({ pair }) => pair).flatMap(([pair, ofPair]) => {
    const different = groupsOf(ofPair, ({ accuracy }) => canonicalJson({ ...accuracy }));
    return different.flatMap(([, [first]]) => {
      if (first === undefined) return [];
      const title = different.length === 1 ? pair : `${pair} (run ${first.runId})`;
      return [{ title, ...inWords(title, first.accuracy) }];
    });
  });
}

function inWords(title: string, { samples, right, largestClass }: Accuracy): Omit<ModelAccuracy, 'title'> {
  const chance = largestClass / samples;
  const interval = wilsonInterval({ ones: right, count: samples }) ?? { low: 0, high: 1 };
  return {
    text: `accuracy ${(right / samples).toFixed(3)} ${bracketed(interval)} on ${samples} samples; chance level ${chance.toFixed(3)}, for always predicting the most frequent class`,
    warning:
      interval.low > chance
        ? undefined
        : `${title} is not shown to be better than chance: the 95 % interval of its accuracy, ${bracketed(interval)}, is not above the chance level, ${chance.toFixed(3)}. Explanations of such a model say nothing about the classes. Are the labels in the order of its outputs, and are the inputs scaled as in its training?`,
  };
}

function bracketed({ low, high }: Interval): string {
  return `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

/** The same as lines of text; empty if there are no labels. */
export function formatAccuracies(rows: readonly TableRow[], { width = Infinity }: TextStyle): string {
  return modelAccuracies(rows)
    .flatMap(({ title, text, warning }) => [
      ...wrapped(`${title}: ${text}.`, width),
      ...(warning === undefined ? [] : wrapped(`Warning: ${warning}`, width)),
      '',
    ])
    .join('\n');
}
