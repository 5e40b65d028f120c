import { z } from 'zod';
import { sizeOf } from '@xaigrid/tensor';
import { int } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { dataTypes } from '../../onnx/data-types.js';
import type { LayerImport } from '../layer-import.js';
import { fromKerasOrder, inKerasOrder, kerasShape, permuted, plainlyLast, reshaped, reshapedTo } from './keras-order.js';
import { flattenSchema } from './schemas.js';
import { wordsOf } from './masking.js';

const flatten: LayerImport = (scope) => {
  const { data_format: format } = scope.config(flattenSchema);
  const { input, order } = scope;
  const units = sizeOf(input.shape);
  if (input.shape.length === 1) return input;
  if (order === 'channels_last' && format === 'channels_first') return scope.refuse('its data_format is channels_first');
  // The Flatten of a channels-first model moves the channels last, unless its configuration says that they are in place.
  const asItIs = order === 'channels_first' && format !== 'channels_first';
  return { value: reshaped(scope, asItIs ? input.value : plainlyLast(scope, input), [units]), shape: [units] };
};

/** Reshape in Keras's order of values: it converts from channels first and back. */
const reshape: LayerImport = (scope) => {
  const { target_shape: target } = scope.config(z.object({ target_shape: z.array(z.int()).min(1) }));
  return reshapedTo(scope, scope.input, target);
};

const permute: LayerImport = (scope) => {
  const { dims } = scope.config(z.object({ dims: z.array(z.int().positive()) }));
  const { input } = scope;
  if (dims.toSorted((a, b) => a - b).some((axis, index) => axis !== index + 1) || dims.length !== input.shape.length) {
    return scope.refuse(`its dims [${dims.join(', ')}] are not a permutation of its input's axes`);
  }
  return permuted(scope, input, [0, ...dims]);
};

/** `[n, features]` → `[n, times, features]` */
const repeatVector: LayerImport = (scope) => {
  const { n } = scope.config(z.object({ n: z.int().positive() }));
  const [features = 1, ...others] = scope.input.shape;
  if (others.length > 0) return scope.refuse(`it is given [${scope.input.shape.join(', ')}] where it needs one axis`);
  const apart = reshaped(scope, scope.input.value, [1, features]);
  const value = scope.node('Tile', [apart, scope.builder.constant(int64s([1, n, 1]), 'repeats')]);
  return fromKerasOrder(scope, value, [n, features]);
};

/** Looks up a row of the table for each number, truncated to a whole number. */
const embedding: LayerImport = (scope) => {
  const schema = z.object({ input_dim: z.int().positive(), output_dim: z.int().positive(), mask_zero: z.boolean().nullish() });
  const { input_dim: rows, output_dim: width, mask_zero: masks } = scope.config(schema);
  const { shape } = scope.input;
  if (masks === true && (shape.length !== 1 || scope.order === 'channels_first'))
    return scope.refuse(`its mask_zero needs one number a step, and it is given [${shape.join(', ')}]`);
  const indices = scope.node('Cast', [shape.length > 1 ? inKerasOrder(scope, scope.input) : scope.input.value], {
    to: int(dataTypes.int64),
  });
  const table = scope.builder.constant(scope.weight('embeddings', [rows, width]), 'embeddings');
  const value = scope.node('Gather', [table, indices], { axis: int(0) });
  const embedded = fromKerasOrder(scope, value, [...kerasShape(scope, scope.input), width]);
  return masks === true ? { ...embedded, mask: wordsOf(scope, indices) } : embedded;
};

export const layoutLayers: Readonly<Record<string, LayerImport>> = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeatVector,
  Embedding: embedding,
};
