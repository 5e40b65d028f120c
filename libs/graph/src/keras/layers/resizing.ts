import { text } from '../../attributes.js';
import { float32 } from '../../constants.js';
import { requirePositions, split, type LayerImport, type LayerScope } from '../layer-import.js';
import { resizingSchema, upSamplingSchema } from './schemas.js';

/** ONNX's words for where the positions of a resized axis lie on the axis before. */
type Coordinates = 'half_pixel' | 'asymmetric';

const modes: Readonly<Record<string, string>> = { nearest: 'nearest', bilinear: 'linear' };
/** How the nearest position is found. With half pixels, ⌊(i + ½)·scale⌋ is (i + ½)·scale − ½ rounded up at ½. */
const nearest = { half_pixel: 'round_prefer_ceil', asymmetric: 'floor' };

function resized(scope: LayerScope, positions: readonly number[], interpolation: string, coordinates: Coordinates) {
  const mode = Object.hasOwn(modes, interpolation) ? modes[interpolation] : undefined;
  if (mode === undefined)
    return scope.refuse(`its interpolation is "${interpolation}"; supported: ${Object.keys(modes).join(', ')}`);
  // The engine tensorflow had TensorFlow.js's numbers for every file, with gradients that were wrong in all samples of a batch but
  // the first; a TF.js file had Keras's on the engine onnxruntime.
  scope.corrected('resizing');
  const { positions: from, channels } = split(scope.input.shape);
  // Not `sizes` and `axes`: ONNX Runtime 1.30 loses the sizes where it moves a Transpose behind the node.
  const scales = [1, 1, ...positions.map((to, axis) => scaleTo(to, from[axis] ?? 1))];
  const value = scope.node(
    'Resize',
    [scope.input.value, '', scope.builder.constant(float32(Float32Array.from(scales), [scales.length]), 'scales')],
    {
      mode: text(mode),
      coordinate_transformation_mode: text(coordinates),
      ...(mode === 'nearest' ? { nearest_mode: text(nearest[coordinates]) } : {}),
    },
  );
  return { value, shape: [...positions, channels] };
}

/** The float32 scale that stretches an axis to just this extent: to/from, or the next number where ⌊from·scale⌋ falls short. */
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
    return resized(
      scope,
      positions.map((extent, axis) => extent * (config.size[axis] ?? 1)),
      config.interpolation,
      scope.definitions === 'keras' ? 'half_pixel' : 'asymmetric',
    );
  };

const resizing: LayerImport = (scope) => {
  const config = scope.config(resizingSchema);
  requirePositions(scope, config.data_format, 2);
  if (config.crop_to_aspect_ratio || config.pad_to_aspect_ratio) return scope.refuse('it keeps the aspect ratio');
  if (config.antialias) return scope.refuse('it smooths against aliasing');
  return resized(scope, [config.height, config.width], config.interpolation, 'half_pixel');
};

export const resizingLayers: Readonly<Record<string, LayerImport>> = {
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  Resizing: resizing,
};
