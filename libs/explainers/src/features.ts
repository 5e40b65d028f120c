import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import {
  channelsOfShape,
  extremesOf,
  felzenszwalb,
  isTable,
  mostQuickshiftSegments,
  quickshift,
  rowsOf,
  sampleSegments,
  segmentCount,
  sizeOf,
  type Segments,
  type Tensor,
} from '@xaigrid/tensor';
import { z } from 'zod';
import { boxesOver, runsOf } from './cells.js';
import { positionsOf } from './model-layers.js';

const superpixels = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('slic'),
    segments: z.int().min(1).max(100_000).default(50),
    // With scikit-image's 10, colour images with a little noise are one segment.
    compactness: z.number().positive().default(100),
  }),
  z.strictObject({
    by: z.literal('felzenszwalb'),
    scale: z.number().nonnegative().default(1),
    sigma: z.number().nonnegative().max(100).default(0.8),
    minSize: z.int().min(1).default(20),
  }),
  z.strictObject({
    by: z.literal('quickshift'),
    // The defaults of lime, not of scikit-image.
    kernelSize: z.number().min(1).max(50).default(4),
    maxDistance: z.number().positive().default(200),
    ratio: z.number().nonnegative().max(1000).default(0.2),
  }),
]);

/** The parameters of methods that keep or replace features, each a set of positions with all their channels. */
export const featureParams = {
  cell: z.array(z.int().min(1)).min(1).optional().meta({
    description: 'Features are cells of this size, one number per axis, such as [16, 16].',
  }),
  superpixels: superpixels.optional().meta({
    description:
      'Features are the superpixels of each sample, in place of cells. { by: slic, segments: 50, compactness: 100 }: of images and volumes; of a signal, so many pieces. { by: felzenszwalb, scale: 1, sigma: 0.8, minSize: 20 } and { by: quickshift, kernelSize: 4, maxDistance: 200, ratio: 0.2 }: of images. The values of the sample are first scaled to 0 … 1. All as in scikit-image; the numbers of quickshift are those of lime.',
  }),
};

export interface FeatureParams {
  readonly cell?: readonly number[] | undefined;
  readonly superpixels?: z.infer<typeof superpixels> | undefined;
}

/** How samples are cut into features: one of the two is there. */
export type Grouping = { readonly cell: readonly number[] } | { readonly superpixels: NonNullable<FeatureParams['superpixels']> };

/** Features of a sample. */
export interface Features {
  readonly count: number;
  /** The feature of each position. */
  readonly ofPosition: Int32Array;
}

/** What the parameters say, or else the usual grouping of the method. */
export function groupingOf({ cell, superpixels: chosen }: FeatureParams, usual: Grouping): Grouping {
  if (chosen !== undefined) return { superpixels: chosen };
  return cell === undefined ? usual : { cell };
}

/** What the parameters say, or else cells of an eighth of each axis; each feature of a table. */
export function groupingByEighths(params: FeatureParams, { inputShape }: Pick<ModelDescription, 'inputShape'>): Grouping {
  return groupingOf(params, {
    cell: positionsOf({ inputShape }).map((length) => (isTable(inputShape) ? 1 : Math.ceil(length / 8))),
  });
}

/**
 * @throws SPEC_INVALID where both cells and superpixels are asked for, SHAPE_MISMATCH for those that do not fit the model
 */
export function assertFeatures(method: string, params: FeatureParams, model: Pick<ModelDescription, 'inputShape'>): void {
  const positions = positionsOf(model);
  const { cell, superpixels: chosen } = params;
  if (cell !== undefined && chosen !== undefined)
    throw new XaigridError('SPEC_INVALID', `${method}: features are cells or superpixels. Leave "cell" or "superpixels" out.`);
  if (cell !== undefined && cell.length !== positions.length)
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${method}: a cell of [${cell.join(', ')}] does not fit positions of [${positions.join(', ')}]. Give one number for each axis.`,
    );
  if (chosen === undefined) return;
  if (isTable(model.inputShape))
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${method}: a table has no superpixels. Leave "superpixels" out, or choose a "cell".`,
    );
  if (chosen.by !== 'slic' && model.inputShape.length !== 3)
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${method}: superpixels by ${chosen.by} are of images, and inputs have the shape [${model.inputShape.join(', ')}]. Choose { by: slic } or a "cell".`,
    );
}

/** The most features that a sample can have, and whether all samples have that many. */
export function featureCount(
  grouping: Grouping,
  model: Pick<ModelDescription, 'inputShape'>,
): { readonly most: number; readonly exact: boolean } {
  const positions = positionsOf(model);
  if ('cell' in grouping) {
    const { cell } = grouping;
    return { most: sizeOf(positions.map((length, axis) => Math.ceil(length / (cell[axis] ?? 1)))), exact: true };
  }
  const { superpixels: chosen } = grouping;
  if (chosen.by === 'slic') return segmentCount(model.inputShape, chosen.segments);
  if (chosen.by === 'quickshift') return { most: mostQuickshiftSegments(imageShape(model.inputShape), chosen), exact: false };
  return { most: Math.max(1, Math.floor(sizeOf(positions) / chosen.minSize)), exact: false };
}

/**
 * The features of every sample.
 * @param inputs `[n, ...inputShape]`
 */
export function featuresOf(grouping: Grouping, inputs: Tensor): readonly Features[] {
  const [samples = 0, ...inputShape] = inputs.shape;
  if ('cell' in grouping) {
    const cells = cellsOf(grouping.cell, inputShape);
    return Array.from({ length: samples }, () => cells);
  }
  const { superpixels: chosen } = grouping;
  return Array.from({ length: samples }, (_, row) => {
    const { segmentOf, count } = segmentsOf(rowsOf(inputs, row, row + 1).data, inputShape, chosen);
    return { count, ofPosition: segmentOf };
  });
}

function segmentsOf(
  values: Float32Array<ArrayBuffer>,
  inputShape: readonly number[],
  chosen: z.infer<typeof superpixels>,
): Segments {
  if (chosen.by === 'slic') return sampleSegments(values, inputShape, chosen);
  const shape = imageShape(inputShape);
  return chosen.by === 'quickshift' ? quickshift(scaled(values), shape, chosen) : felzenszwalb(scaled(values), shape, chosen);
}

function imageShape([height = 1, width = 1, channels = 1]: readonly number[]): readonly [number, number, number] {
  return [height, width, channels];
}

function cellsOf(cell: readonly number[], inputShape: readonly number[]): Features {
  const positions = positionsOf({ inputShape });
  const boxes = boxesOver(positions, cell, cell);
  const ofPosition = new Int32Array(sizeOf(positions));
  for (const [feature, box] of boxes.entries())
    for (const [first, length] of runsOf(box, positions)) ofPosition.fill(feature, first, first + length);
  return { count: boxes.length, ofPosition };
}

/** To 0 … 1. */
function scaled(values: Float32Array<ArrayBuffer>): Float64Array {
  const { min, max } = extremesOf(values);
  const range = max === min ? 1 : max - min;
  return Float64Array.from(values, (value) => (value - min) / range);
}

/** Writes 1 where the feature of a position is a member. The mask is all 0 before. */
export function showFeatures(mask: Float32Array, { ofPosition }: Features, members: ArrayLike<number>): void {
  for (let at = 0; at < mask.length; at++) if (members[ofPosition[at] ?? -1] === 1) mask[at] = 1;
}

/** A feature of one of several samples. */
interface FeatureOfSample {
  readonly sample: number;
  readonly feature: number;
  readonly features: Features;
}

/** Every feature of every sample: those of the first sample, then of the next. */
export function eachFeature(features: readonly Features[]): FeatureOfSample[] {
  return features.flatMap((own, sample) =>
    Array.from({ length: own.count }, (_, feature) => ({ sample, feature, features: own })),
  );
}

/** Writes 0 where a position belongs to the feature, and 1 elsewhere. */
export function hideFeature(mask: Float32Array, { feature, features: { ofPosition } }: FeatureOfSample): void {
  for (let at = 0; at < mask.length; at++) mask[at] = ofPosition[at] === feature ? 0 : 1;
}

/** Maps of one number per feature: each position has that of its feature. `[n, ...positions]` */
export function mapsOfFeatures(
  values: readonly ArrayLike<number>[],
  features: readonly Features[],
  positions: readonly number[],
): Tensor {
  const size = sizeOf(positions);
  const data = new Float32Array(values.length * size);
  for (const [row, ofFeature] of values.entries()) {
    const { ofPosition = new Int32Array(size) } = features[row] ?? {};
    for (let at = 0; at < size; at++) data[row * size + at] = ofFeature[ofPosition[at] ?? -1] ?? NaN;
  }
  return { shape: [values.length, ...positions], data };
}

/** Every value of a sample replaced by the mean of its channel over its feature, in float64. `[n, ...inputShape]` */
export function featureMeans(inputs: Tensor, features: readonly Features[]): Tensor {
  const [samples = 0, ...inputShape] = inputs.shape;
  const channels = channelsOfShape(inputShape);
  const size = sizeOf(inputShape);
  const data = new Float32Array(inputs.data.length);
  for (let row = 0; row < samples; row++) {
    const { count = 0, ofPosition = new Int32Array() } = features[row] ?? {};
    const sums = new Float64Array(count * channels);
    const sizes = new Float64Array(count);
    const place = (at: number) => (ofPosition[Math.floor(at / channels)] ?? 0) * channels + (at % channels);
    for (const feature of ofPosition) sizes[feature] = (sizes[feature] ?? 0) + 1;
    for (let at = 0; at < size; at++) sums[place(at)] = (sums[place(at)] ?? 0) + (inputs.data[row * size + at] ?? NaN);
    for (let at = 0; at < size; at++)
      data[row * size + at] = (sums[place(at)] ?? NaN) / (sizes[Math.floor(place(at) / channels)] ?? NaN);
  }
  return { shape: inputs.shape, data };
}
