import { int, ints } from '../../attributes.js';
import { transposed } from '../../constants.js';
import { split, type LayerImport } from '../layer-import.js';
import { activate } from './activation-functions.js';
import { denseSchema } from './schemas.js';

/** Dense works on the last axis: a matrix product for `[n, units]`, a convolution of extent 1 for features with positions. */
const dense: LayerImport = (scope) => {
  const config = scope.config(denseSchema);
  const { positions, channels } = split(scope.input.shape);
  if (positions.length > 0 && scope.order === 'channels_first')
    return scope.refuse('it works on an axis that is not the channels');
  const kernel = scope.weight('kernel', [channels, config.units]);
  const bias = config.use_bias ? [scope.builder.constant(scope.weight('bias', [config.units]), 'bias')] : [];
  const shape = [...positions, config.units];
  if (positions.length === 0) {
    const value = scope.node('Gemm', [scope.input.value, scope.builder.constant(kernel, 'kernel'), ...bias]);
    return { value: activate(scope, value, config.activation), shape };
  }
  const ones = positions.map(() => 1);
  const weights = { ...transposed(kernel, [1, 0]), shape: [config.units, channels, ...ones] };
  const value = scope.node('Conv', [scope.input.value, scope.builder.constant(weights, 'kernel'), ...bias], {
    kernel_shape: ints(ones),
    group: int(1),
  });
  return { value: activate(scope, value, config.activation), shape };
};

export const denseLayers: Readonly<Record<string, LayerImport>> = { Dense: dense };
