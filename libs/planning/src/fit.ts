import { XaigridError, type DatasetReference, type PlannedEvaluation, type SpecDataset } from '@xaigrid/contracts';
import { assertFeatureOrder } from './feature-names.js';
import type { KnownModel, PlannedDataset } from './references.js';
import { shapeOptions } from './shape-options.js';

/**
 * Checks that a model fits a data set.
 * @param entry the data set in the spec, whose options could be changed
 * @throws SHAPE_MISMATCH if the model cannot take the data set's samples, or does not know its classes
 */
export function assertFit({ reference: dataset, labels }: PlannedSet, entry: SpecDataset | undefined, model: KnownModel): void {
  const { reference, description, output } = model;
  const wanted = description.inputShape.join('×');
  const found = dataset.sampleShape.join('×');
  if (wanted !== found) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `Model "${reference.name}" takes samples of ${wanted}; data set "${dataset.name}" has samples of ${found}.${entry === undefined ? '' : shapeOptions(dataset, entry, model)}`,
    );
  }
  assertFeatureOrder(dataset, model);
  if (dataset.classNames.length > description.classes) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `Data set "${dataset.name}" has ${dataset.classNames.length} classes; model "${reference.name}" knows ${description.classes}${oneOutput(output)}. ${labelsFromOne(labels, description.classes) ?? labelsBeyond(labels, description.classes) ?? 'Use a model trained for this data set.'}`,
    );
  }
  if (dataset.labelSets === true && !output.multiLabel) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `Data set "${dataset.name}" has samples of several classes, or of none, and the classes of model "${reference.name}" exclude each other: ${whyExclusive(output)}. Use a multi-label model, or one label per sample.`,
    );
  }
}

type PlannedSet = Pick<PlannedDataset, 'reference' | 'labels'>;

/** What to do about labels that would fit if they were counted from 0. */
function labelsFromOne(labels: PlannedSet['labels'], classes: number): string | undefined {
  if (labels === undefined) return undefined;
  let [lowest, highest] = [Infinity, -Infinity];
  for (const label of labels) {
    if (label < lowest) lowest = label;
    if (label > highest) highest = label;
  }
  if (lowest < 1 || highest !== classes) return undefined;
  return `Its labels run from ${lowest} to ${highest}, but classes count from 0. Subtract 1 from the labels.`;
}

/** The labels that the model lacks, if they are few: probably mistakes. */
function labelsBeyond(labels: PlannedSet['labels'], classes: number): string | undefined {
  if (labels === undefined) return undefined;
  const beyond = [...labels.keys()].filter((sample) => (labels[sample] ?? 0) >= classes);
  const [first] = beyond;
  if (first === undefined || beyond.length > labels.length / (classes + 1)) return undefined;
  const rest =
    beyond.length === 1 ? 'no other sample has one beyond the model' : `${beyond.length} samples have one beyond the model`;
  return `Sample ${first} has label ${labels[first] ?? ''}; ${rest}. Correct the labels, or use a model trained for this data set.`;
}

/** A note for a model with classes that the data set does not name: a missing folder shifts the numbers of all later classes. */
export function classesNote(
  { reference: { name, classNames } }: Pick<PlannedDataset, 'reference'>,
  { reference: model, description: { classes } }: KnownModel,
): string | undefined {
  if (classNames.length === 0 || classNames.length >= classes) return undefined;
  // Names that only count the classes say nothing about their order.
  if (classNames.every((own, index) => own === String(index))) return undefined;
  const moved = classNames.findIndex((own, index) => /^\d+$/.test(own) && Number(own) !== index);
  const example =
    moved === -1 ? '' : ` What it calls "${classNames[moved] ?? ''}" is the model's class ${moved}: is one missing?`;
  return `Data set "${name}" names ${classNames.length} classes and model "${model.name}" knows ${classes}; they are the model's first, in the data set's order.${example}`;
}

/** @throws SPEC_INVALID for a class that the model lacks, and for `label` if samples have several */
export function assertClass(
  policy: PlannedEvaluation['explainedClass'],
  what: string,
  { model, dataset }: { readonly model: KnownModel; readonly dataset: DatasetReference },
): void {
  const { classes } = model.description;
  if (policy === 'label' && dataset.labelSets === true) {
    throw new XaigridError(
      'SPEC_INVALID',
      `${what}: label is not one class if samples have several labels, as in data set "${dataset.name}". Use likeliest-label (the label with the highest output), predicted, or a class from 0 to ${classes - 1}.`,
    );
  }
  if (typeof policy !== 'number' || policy < classes) return;
  throw new XaigridError(
    'SPEC_INVALID',
    `${what}: ${policy} is not a class of model "${model.reference.name}"; its classes are 0 to ${classes - 1}.`,
  );
}

function whyExclusive({ ending, file }: KnownModel['output']): string {
  if (ending === 'softmax')
    return `its output "${file.name}" counts as logits and gets a Softmax; if the classes do not exclude each other, set multiLabel: true for the model`;
  if (ending === 'none' || ending === 'exp') return `its output "${file.name}" comes from a Softmax`;
  return `its one output "${file.name}" means two classes`;
}

function oneOutput({ ending, file }: KnownModel['output']): string {
  const what = { 'two-classes-of-logit': 'log-odds', 'two-classes-of-probability': 'probability' };
  if (ending !== 'two-classes-of-logit' && ending !== 'two-classes-of-probability') return '';
  return `, 0 and 1: its output "${file.name}" is one number, the ${what[ending]} of class 1`;
}
