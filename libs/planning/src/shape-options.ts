import type { DatasetReference, SpecDataset } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { channelsFirstShape, channelsLastShape } from '@xaigrid/tensor';
import type { KnownModel } from './references.js';

/**
 * A sentence with the options that would make a data set's samples fit the model: options of the data set, or of the model.
 * @param entry the data set in the spec
 */
export function shapeOptions(dataset: DatasetReference, entry: SpecDataset, { description, model }: KnownModel): string {
  const [found, wanted] = [dataset.sampleShape, description.inputShape];
  const options = datasetKind(entry.kind).optionsFor?.(entry.params, { found, wanted }) ?? [];
  if (options.length > 0) return ` They would fit with ${options.join(' and ')} in the data set.`;
  const { layout } = model.input;
  const other = otherLayout(wanted, layout?.layout);
  if (
    other !== undefined &&
    // No spec can change what a convolution takes for channels: the model would be computed with mixed-up axes.
    (layout?.byLayer === undefined || layout.byLayer.layout === other.layout) &&
    [found, channelsLastShape(found)].some((shape) => shape.join('×') === other.shape.join('×'))
  )
    return ` They would fit with layout: ${other.layout} in the model.`;
  const axis = channelsAxis(found, wanted);
  if (axis !== undefined && datasetKind(entry.kind).channelsFirst !== undefined)
    return ` ${channelsSentence(axis, { found, wanted }, layout?.byLayer?.layer)}`;
  const { featureNames } = dataset;
  if (featureNames !== undefined && found.length === 1 && wanted.length === 1 && (found[0] ?? 0) > (wanted[0] ?? 0))
    return ` Its ${found.join('')} columns are ${someOf(featureNames)}; name the ${wanted.join('')} that the model takes with columns: [...] in the data set.`;
  return ` No option of the data set's kind, ${entry.kind}, makes them equal: use another data set, or another model.`;
}

/** The axis of a sample, from 0, that would give the wanted shape if it were last. Undefined if none or several would. */
function channelsAxis(found: readonly number[], wanted: readonly number[]): number | undefined {
  const axes = [...found.keys()].filter((axis) =>
    [...found.slice(0, axis), ...found.slice(axis + 1), found[axis]].every((extent, at) => extent === wanted[at]),
  );
  return found.length === wanted.length && axes.length === 1 ? axes[0] : undefined;
}

function channelsSentence(
  axis: number,
  { found, wanted }: { readonly found: readonly number[]; readonly wanted: readonly number[] },
  layer: string | undefined,
): string {
  const channels = found[axis] ?? 0;
  const taker = layer === undefined ? 'the model takes' : `the model's ${layer} takes`;
  return `${taker.charAt(0).toUpperCase()}${taker.slice(1)} ${channels} channels, and axis ${axis + 1} of the array [n, ${found.join(', ')}] seems to hold them, between the positions. Make it [n, ${wanted.join(', ')}]: in NumPy x = np.moveaxis(x, ${axis + 1}, -1).`;
}

/** The shape of samples if the same file had its channels on the other side. */
function otherLayout(inputShape: readonly number[], layout: 'channels-first' | 'channels-last' | undefined) {
  if (layout === undefined) return undefined;
  return layout === 'channels-first'
    ? { layout: 'channels-last', shape: channelsFirstShape(inputShape) }
    : { layout: 'channels-first', shape: channelsLastShape(inputShape) };
}

/** The most names that a message lists. */
const MOST_NAMES = 20;

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown}, … (${names.length} in all)` : shown;
}
