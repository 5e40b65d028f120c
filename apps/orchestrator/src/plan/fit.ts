import { XaigridError, type DatasetReference } from '@xaigrid/contracts';
import type { KnownModel } from './references.js';

/** @throws SHAPE_MISMATCH where a model cannot take a data set's samples, or does not know its classes */
export function assertFit(dataset: DatasetReference, { reference, description, output }: KnownModel): void {
  const wanted = description.inputShape.join('×');
  const found = dataset.sampleShape.join('×');
  if (wanted !== found) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `Model "${reference.name}" takes samples of ${wanted}; data set "${dataset.name}" has samples of ${found}. Choose options of the data set that make them equal.`,
    );
  }
  if (dataset.classNames.length > description.classes) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `Data set "${dataset.name}" has ${dataset.classNames.length} classes; model "${reference.name}" knows ${description.classes}${oneOutput(output)}. Use a model trained for this data set.`,
    );
  }
}

function oneOutput({ ending, file }: KnownModel['output']): string {
  const what = { 'two-classes-of-logit': 'log-odds', 'two-classes-of-probability': 'probability' };
  if (ending !== 'two-classes-of-logit' && ending !== 'two-classes-of-probability') return '';
  return `, 0 and 1: its output "${file.name}" is one number, the ${what[ending]} of class 1`;
}
