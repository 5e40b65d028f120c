import { XaigridError, type DatasetReference } from '@xaigrid/contracts';
import type { KnownModel } from './references.js';

/** A table's data set with the model's names of its features, where it has none itself. */
export function withFeatureNames(dataset: DatasetReference, { model }: Pick<KnownModel, 'model'>): DatasetReference {
  const { featureNames } = model.input;
  return featureNames === undefined || dataset.featureNames !== undefined
    ? dataset
    : { ...dataset, featureNames: [...featureNames] };
}

/**
 * A model of a data frame names its features, and a table may have them in another order: what fits by its size is then about other numbers.
 * @throws SHAPE_MISMATCH where the names are the same and their order is not
 */
export function assertFeatureOrder(
  dataset: DatasetReference,
  { reference, model }: Pick<KnownModel, 'reference' | 'model'>,
): void {
  const [found, wanted] = [dataset.featureNames, model.input.featureNames];
  if (found === undefined || found.length !== wanted?.length) return;
  const places = wanted.map((name) => found.findIndex((own) => plain(own) === plain(name)));
  if (places.includes(-1) || places.every((place, at) => place === at)) return;
  const columns = places.map((place) => JSON.stringify(found[place]));
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `Data set "${dataset.name}" has the features of model "${reference.name}" in another order. Write in the data set: columns: [${columns.join(', ')}].`,
  );
}

/** Converters write names without blanks and marks. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_');
