import { z } from 'zod';
import { text } from '../../attributes.js';
import { float32, int64s, transposed } from '../../constants.js';
import { requirePositions, split, type Feature, type LayerImport, type LayerScope } from '../layer-import.js';
import { argumentOf, option } from './operands.js';
import { resamplingMatrix, resamplingModes } from './resampling.js';
import { resizingSchema, upSamplingSchema } from './schemas.js';

/** ONNX's names for how the positions of a resized axis map to the original axis. */
type Coordinates = 'half_pixel' | 'asymmetric';

const modes: Readonly<Record<string, string>> = { nearest: 'nearest', bilinear: 'linear' };
/** How the nearest position is found. With half pixels, ⌊(i + ½)·scale⌋ is (i + ½)·scale − ½ rounded, with ½ up. */
const nearest = { half_pixel: 'round_prefer_ceil', asymmetric: 'floor' };

/** How and to what size a feature is resized. */
interface Resizing {
  readonly to: readonly number[];
  readonly interpolation: string;
  readonly coordinates: Coordinates;
  readonly antialias?: boolean;
}

function resized(scope: LayerScope, feature: Feature, { to, interpolation, coordinates, antialias = false }: Resizing): Feature {
  const mode = Object.hasOwn(modes, interpolation) ? modes[interpolation] : undefined;
  if (mode === undefined || (antialias && interpolation !== 'nearest'))
    return resampled(scope, feature, { to, interpolation, antialias });
  // Earlier versions of the engine tensorflow used TensorFlow.js's numbers for every file, with wrong gradients in all samples of
  // a batch but the first. The engine onnxruntime used Keras's numbers for TF.js files.
  scope.corrected('resizing');
  const { positions: from, channels } = split(feature.shape);
  // Not `sizes` and `axes`: ONNX Runtime 1.30 loses the sizes when it moves a Transpose behind the node.
  const scales = [1, 1, ...to.map((extent, axis) => scaleTo(extent, from[axis] ?? 1))];
  const value = scope.node(
    'Resize',
    [feature.value, '', scope.builder.constant(float32(Float32Array.from(scales), [scales.length]), 'scales')],
    {
      mode: text(mode),
      coordinate_transformation_mode: text(coordinates),
      ...(mode === 'nearest' ? { nearest_mode: text(nearest[coordinates]) } : {}),
    },
  );
  return { value, shape: [...to, channels] };
}

/** Resamples by one product with a matrix per axis. */
function resampled(
  scope: LayerScope,
  feature: Feature,
  { to, interpolation, antialias }: Omit<Required<Resizing>, 'coordinates'>,
): Feature {
  const { positions: from, channels } = split(feature.shape);
  if (to.length !== 2) return scope.refuse(`its interpolation is "${interpolation}"`);
  const matrices = to.map((extent, axis) => {
    const own = from[axis] ?? 1;
    const data = resamplingMatrix(interpolation, { from: own, to: extent, antialias });
    if (data === undefined)
      return scope.refuse(
        `its interpolation is "${interpolation}"; supported: ${[...Object.keys(modes), ...resamplingModes].join(', ')}`,
      );
    return float32(data, [extent, own]);
  });
  const [rows, columns] = matrices.map((matrix, axis) =>
    scope.builder.constant(axis === 0 ? matrix : transposed(matrix, [1, 0]), 'resampling'),
  );
  const wide = scope.node('MatMul', [feature.value, columns ?? '']);
  return { value: scope.node('MatMul', [rows ?? '', wide]), shape: [...to, channels] };
}

/** The float32 scale that stretches an axis to exactly this extent: to/from, or the next number if ⌊from·scale⌋ is too small. */
function scaleTo(to: number, from: number): number {
  const scale = Math.fround(to / from);
  return Math.floor(Math.min(from * scale, Math.fround(from * scale))) < to ? Math.fround(scale * (1 + 2 ** -23)) : scale;
}

const upSampling =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(upSamplingSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions } = split(scope.input.shape);
    return resized(scope, scope.input, {
      to: positions.map((extent, axis) => extent * (config.size[axis] ?? 1)),
      interpolation: config.interpolation,
      coordinates: scope.definitions === 'keras' ? 'half_pixel' : 'asymmetric',
    });
  };

/** The middle part of a feature, which must be at least as large. */
export function croppedTo(scope: LayerScope, { value, shape }: Feature, to: readonly number[]): Feature {
  const { positions, channels } = split(shape);
  const begins = positions.map((extent, axis) => Math.floor((extent - (to[axis] ?? extent)) / 2));
  if (positions.every((extent, axis) => extent === to[axis])) return { value, shape };
  const lists = [begins, begins.map((begin, axis) => begin + (to[axis] ?? 1)), positions.map((_, axis) => axis + 2)];
  return {
    value: scope.node('Slice', [value, ...lists.map((list) => scope.builder.constant(int64s(list), 'crop'))]),
    shape: [...to, channels],
  };
}

/** The extents within `positions` that have the aspect ratio of `to`: the longer axis is shortened. */
function ofShape(positions: readonly number[], to: readonly number[], choose: (a: number, b: number) => number): number[] {
  return positions.map((extent, axis) => {
    const [other = 1, own = 1, wanted = 1] = [positions[1 - axis], to[axis], to[1 - axis]];
    return Math.max(1, choose(extent, Math.floor((other * own) / wanted)));
  });
}

/** Crops to the aspect ratio of `to`, then resizes: `smart_resize` of Keras. */
export function resizedToCover(
  scope: LayerScope,
  feature: Feature,
  to: readonly number[],
  options: Partial<Resizing> = {},
): Feature {
  const cropped = croppedTo(scope, feature, ofShape(split(feature.shape).positions, to, Math.min));
  return resized(scope, cropped, { interpolation: 'bilinear', coordinates: 'half_pixel', ...options, to });
}

/** Pads to the aspect ratio of `to`, equally on both sides. */
function paddedToShape(scope: LayerScope, feature: Feature, to: readonly number[], filled: number): Feature {
  const { positions, channels } = split(feature.shape);
  const whole = ofShape(positions, to, Math.max);
  const sides = positions.map((extent, axis) => Math.floor(((whole[axis] ?? extent) - extent) / 2));
  if (sides.every((side) => side === 0)) return feature;
  const pads = scope.builder.constant(int64s([0, 0, ...sides, 0, 0, ...sides]), 'pads');
  const value = scope.node('Pad', [feature.value, pads, scope.builder.scalar(filled)]);
  return { value, shape: [...positions.map((extent, axis) => extent + 2 * (sides[axis] ?? 0)), channels] };
}

const resizing: LayerImport = (scope) => {
  const config = scope.config(resizingSchema);
  requirePositions(scope, config.data_format, 2);
  const to = [config.height, config.width];
  const options: Resizing = { to, interpolation: config.interpolation, coordinates: 'half_pixel', antialias: config.antialias };
  if (config.crop_to_aspect_ratio) return resizedToCover(scope, scope.input, to, options);
  const feature = config.pad_to_aspect_ratio ? paddedToShape(scope, scope.input, to, config.fill_value ?? 0) : scope.input;
  return resized(scope, feature, options);
};

/** `tf.image.resize` */
const imageResize: LayerImport = (scope) => {
  const images = argumentOf(scope, 0, ['images']);
  if (images?.kind !== 'tensor' || images.tensor.shape.length !== 3) return scope.refuse('what it resizes is no image');
  const flag = (name: string) => option(scope, [name], 99, z.boolean().nullish()) === true;
  if (flag('preserve_aspect_ratio')) return scope.refuse('it keeps the aspect ratio');
  const to = option(scope, ['size'], 1, z.array(z.int().positive()).length(2));
  const interpolation = option(scope, ['method'], 2, z.string().nullish()) ?? 'bilinear';
  return resized(scope, images.tensor, { to, interpolation, coordinates: 'half_pixel', antialias: flag('antialias') });
};

export const resizingFunctions: Readonly<Record<string, LayerImport>> = { 'image.resize': imageResize };

export const resizingLayers: Readonly<Record<string, LayerImport>> = {
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  UpSampling3D: upSampling(3),
  Resizing: resizing,
};
