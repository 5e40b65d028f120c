import { ints, text } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { requirePositions, split, type LayerImport, type LayerScope } from '../layer-import.js';
import { resizingSchema, upSamplingSchema } from './schemas.js';

/** TensorFlow's interpolations with half-pixel centres. */
const modes: Readonly<Record<string, { mode: string; nearest?: string }>> = {
  // ⌊(i + ½)·scale⌋ is (i + ½)·scale − ½ rounded up at ½.
  nearest: { mode: 'nearest', nearest: 'round_prefer_ceil' },
  bilinear: { mode: 'linear' },
};

function resized(scope: LayerScope, positions: readonly number[], interpolation: string) {
  const own = Object.hasOwn(modes, interpolation) ? modes[interpolation] : undefined;
  if (own === undefined)
    return scope.refuse(`its interpolation is "${interpolation}"; supported: ${Object.keys(modes).join(', ')}`);
  const { channels } = split(scope.input.shape);
  const sizes = scope.builder.constant(int64s(positions), 'sizes');
  const value = scope.node('Resize', [scope.input.value, '', '', sizes], {
    mode: text(own.mode),
    axes: ints(positions.map((_, axis) => axis + 2)),
    coordinate_transformation_mode: text('half_pixel'),
    ...(own.nearest === undefined ? {} : { nearest_mode: text(own.nearest) }),
  });
  return { value, shape: [...positions, channels] };
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
    );
  };

const resizing: LayerImport = (scope) => {
  const config = scope.config(resizingSchema);
  requirePositions(scope, config.data_format, 2);
  if (config.crop_to_aspect_ratio || config.pad_to_aspect_ratio) return scope.refuse('it keeps the aspect ratio');
  if (config.antialias) return scope.refuse('it smooths against aliasing');
  return resized(scope, [config.height, config.width], config.interpolation);
};

export const resizingLayers: Readonly<Record<string, LayerImport>> = {
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  Resizing: resizing,
};
