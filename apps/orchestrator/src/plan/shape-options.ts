import type { DatasetReference, SpecDataset } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { channelsFirstShape, channelsLastShape } from '@xaigrid/tensor';
import type { KnownModel } from './references.js';

/**
 * The options with which a data set's samples would have the shape that a model takes, as a sentence: of the data set, or of the model.
 * @param entry what the spec says of the data set
 */
export function shapeOptions(dataset: DatasetReference, entry: SpecDataset, { description, model }: KnownModel): string {
  const [found, wanted] = [dataset.sampleShape, description.inputShape];
  const options = datasetKind(entry.kind).optionsFor?.(entry.params, { found, wanted }) ?? [];
  if (options.length > 0) return ` They would fit with ${options.join(' and ')} in the data set.`;
  const other = otherLayout(wanted, model.input.layout?.layout);
  if (other !== undefined && [found, channelsLastShape(found)].some((shape) => shape.join('×') === other.shape.join('×')))
    return ` They would fit with layout: ${other.layout} in the model.`;
  return ` No option of the data set's kind, ${entry.kind}, makes them equal: use another data set, or another model.`;
}

/** The shape of samples if the same file had its channels on the other side. */
function otherLayout(inputShape: readonly number[], layout: 'channels-first' | 'channels-last' | undefined) {
  if (layout === undefined) return undefined;
  return layout === 'channels-first'
    ? { layout: 'channels-last', shape: channelsFirstShape(inputShape) }
    : { layout: 'channels-first', shape: channelsLastShape(inputShape) };
}
