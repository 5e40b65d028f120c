import { z } from 'zod';
import { int64s } from '../../constants.js';
import { requirePositions, split, type LayerImport, type LayerScope } from '../layer-import.js';
import { croppedTo, resizedToCover } from './resizing.js';
import { croppingSchema, zeroPaddingSchema } from './schemas.js';

interface Borders {
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

function bordersOf(scope: LayerScope, { padding, data_format }: z.output<typeof zeroPaddingSchema>, rank: number): Borders {
  requirePositions(scope, data_format, rank);
  const { positions } = split(scope.input.shape);
  // 1-D layers write [begin, end]; 2-D layers write [[top, bottom], [left, right]].
  const perAxis = Array.isArray(padding) && rank === 1 && typeof padding[0] === 'number' ? [padding] : padding;
  const borders = positions.map((_, axis) => {
    const own = Array.isArray(perAxis) ? perAxis[axis] : perAxis;
    if (own === undefined) return scope.refuse('it has too few borders');
    return Array.isArray(own) ? own.map(Number) : [own, own];
  });
  return { begins: borders.map(([begin = 0]) => begin), ends: borders.map(([, end = 0]) => end) };
}

const zeroPadding =
  (rank: number): LayerImport =>
  (scope) => {
    const { begins, ends } = bordersOf(scope, scope.config(zeroPaddingSchema), rank);
    const { positions, channels } = split(scope.input.shape);
    const pads = scope.builder.constant(int64s([0, 0, ...begins, 0, 0, ...ends]), 'pads');
    const out = positions.map((extent, axis) => extent + (begins[axis] ?? 0) + (ends[axis] ?? 0));
    return { value: scope.node('Pad', [scope.input.value, pads]), shape: [...out, channels] };
  };

const cropping =
  (rank: number): LayerImport =>
  (scope) => {
    const { begins, ends } = bordersOf(scope, scope.config(croppingSchema), rank);
    const { positions, channels } = split(scope.input.shape);
    const stops = positions.map((extent, axis) => extent - (ends[axis] ?? 0));
    const out = stops.map((stop, axis) => stop - (begins[axis] ?? 0));
    if (out.some((extent) => extent < 1)) return scope.refuse(`nothing is left of [${positions.join(', ')}]`);
    const axes = positions.map((_, axis) => axis + 2);
    const lists = [begins, stops, axes].map((list) => scope.builder.constant(int64s(list), 'crop'));
    return { value: scope.node('Slice', [scope.input.value, ...lists]), shape: [...out, channels] };
  };

const cropSchema = z.object({ height: z.int().positive(), width: z.int().positive(), data_format: z.string().nullish() });

/** Crops to the middle. If no exact middle exists, it is half a position towards the front. */
const centerCrop: LayerImport = (scope) => {
  const { height, width, data_format: format } = scope.config(cropSchema);
  requirePositions(scope, format, 2);
  const target = [height, width];
  const { positions } = split(scope.input.shape);
  // An image smaller than the crop is stretched to cover it.
  return positions.every((extent, axis) => extent >= (target[axis] ?? 1))
    ? croppedTo(scope, scope.input, target)
    : resizedToCover(scope, scope.input, target);
};

/** At inference it takes the whole image, cropped to the shape of the crop and resized. */
const randomCrop: LayerImport = (scope) => {
  const { height, width, data_format: format } = scope.config(cropSchema);
  requirePositions(scope, format, 2);
  return resizedToCover(scope, scope.input, [height, width]);
};

export const borderLayers: Readonly<Record<string, LayerImport>> = {
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  ZeroPadding3D: zeroPadding(3),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  Cropping3D: cropping(3),
  CenterCrop: centerCrop,
  RandomCrop: randomCrop,
};
