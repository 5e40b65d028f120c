import { int, ints } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { slide } from '../../shapes/convolution.js';
import { requirePositions, split, type LayerImport } from '../layer-import.js';
import { padsFor } from './convolution.js';
import { maskOf, meanOverMask } from './masking.js';
import { adaptivePoolingSchema, globalPoolingSchema, poolingSchema } from './schemas.js';

/** Pooling. Padded positions never win a maximum and never count in an average, as in TensorFlow. */
const pooling =
  (op: 'MaxPool' | 'AveragePool', rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(poolingSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const strides = config.strides ?? config.pool_size;
    const geometry = { kernel: config.pool_size, strides, dilations: strides.map(() => 1), padding: config.padding };
    const pads = padsFor(positions, geometry);
    const out = slide(positions, { ...geometry, pads, ceil: false }).map((extent) => extent ?? 0);
    if (out.some((extent) => extent < 1)) return scope.refuse(`its window is larger than its input, [${positions.join(', ')}]`);
    const value = scope.node(op, [scope.input.value], {
      kernel_shape: ints(config.pool_size),
      strides: ints(strides),
      pads: ints(pads),
    });
    return { value, shape: [...out, channels] };
  };

const globalPooling =
  (op: 'GlobalMaxPool' | 'GlobalAveragePool', rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(globalPoolingSchema);
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const mask = op === 'GlobalAveragePool' && rank === 1 ? maskOf(scope) : undefined;
    const pooled = mask === undefined ? scope.node(op, [scope.input.value]) : meanOverMask(scope, scope.input.value, mask);
    if (config.keepdims) return { value: pooled, shape: [...positions.map(() => 1), channels] };
    const value = scope.node('Reshape', [pooled, scope.builder.constant(int64s([0, channels]), 'shape')]);
    return { value, shape: [channels] };
  };

/** Adaptive pooling, axis by axis: output position i is computed from positions ⌊i·from/to⌋ up to ⌈(i + 1)·from/to⌉. */
const adaptivePooling =
  (op: 'ReduceMax' | 'ReduceMean', rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(adaptivePoolingSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const { node, builder, input } = scope;
    const integers = (value: number) => builder.constant(int64s([value]), 'bounds');
    const value = positions.reduce((whole, from, index) => {
      const to = config.output_size[index] ?? from;
      if (to === from) return whole;
      const axis = integers(index + 2);
      const parts = Array.from({ length: to }, (_, i) => {
        const window = node('Slice', [
          whole,
          integers(Math.floor((i * from) / to)),
          integers(Math.ceil(((i + 1) * from) / to)),
          axis,
        ]);
        return node(op, [window, axis], { keepdims: int(1) });
      });
      return parts.length === 1 ? (parts[0] ?? whole) : node('Concat', parts, { axis: int(index + 2) });
    }, input.value);
    return { value, shape: [...config.output_size, channels] };
  };

export const poolingLayers: Readonly<Record<string, LayerImport>> = {
  MaxPooling1D: pooling('MaxPool', 1),
  MaxPooling2D: pooling('MaxPool', 2),
  MaxPooling3D: pooling('MaxPool', 3),
  AveragePooling1D: pooling('AveragePool', 1),
  AveragePooling2D: pooling('AveragePool', 2),
  AveragePooling3D: pooling('AveragePool', 3),
  AdaptiveMaxPooling1D: adaptivePooling('ReduceMax', 1),
  AdaptiveMaxPooling2D: adaptivePooling('ReduceMax', 2),
  AdaptiveMaxPooling3D: adaptivePooling('ReduceMax', 3),
  AdaptiveAveragePooling1D: adaptivePooling('ReduceMean', 1),
  AdaptiveAveragePooling2D: adaptivePooling('ReduceMean', 2),
  AdaptiveAveragePooling3D: adaptivePooling('ReduceMean', 3),
  GlobalMaxPooling1D: globalPooling('GlobalMaxPool', 1),
  GlobalMaxPooling2D: globalPooling('GlobalMaxPool', 2),
  GlobalMaxPooling3D: globalPooling('GlobalMaxPool', 3),
  GlobalAveragePooling1D: globalPooling('GlobalAveragePool', 1),
  GlobalAveragePooling2D: globalPooling('GlobalAveragePool', 2),
  GlobalAveragePooling3D: globalPooling('GlobalAveragePool', 3),
};
