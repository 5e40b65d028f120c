import { XaigridError, type DatasetReference } from '@xaigrid/contracts';
import type { KnownModel } from './references.js';

/** A table's data set with the model's names of its features, if it has none itself. */
export function withFeatureNames(dataset: DatasetReference, { model }: Pick<KnownModel, 'model'>): DatasetReference {
  const { featureNames } = model.input;
  return featureNames === undefined || dataset.featureNames !== undefined
    ? dataset
    : { ...dataset, featureNames: [...featureNames] };
}

/**
 * Checks the order of features. A model of a data frame names its features. A table may have them in another order; then its size
 * fits, but the numbers mean other features.
 * @throws SHAPE_MISMATCH if the names are the same but their order differs
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

/** A name without blanks and punctuation, as converters write it. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '_');
