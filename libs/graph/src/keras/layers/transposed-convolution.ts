import { int, ints } from '../../attributes.js';
import { transposed } from '../../constants.js';
import { requirePositions, split, type LayerImport } from '../layer-import.js';
import { activate } from './activation-functions.js';
import { convolutionSchema } from './schemas.js';

/**
 * TensorFlow's transposed convolution: the input gradient of a convolution whose input is as long as `same` (length × stride)
 * or `valid` (length × stride, and what the kernel reaches beyond a stride) says.
 */
const transposedConvolution =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(convolutionSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const { filters, kernel_size: kernel, strides, padding } = config;
    if (config.dilation_rate.some((rate) => rate !== 1)) return scope.refuse('it is dilated');
    if (config.output_padding !== undefined && config.output_padding !== null) return scope.refuse('it has an output_padding');
    // A kernel shorter than its stride leaves positions at the end that it does not reach.
    const overlap = kernel.map((extent, axis) => extent - (strides[axis] ?? 1));
    const cut = overlap.map((extent) => (padding === 'same' ? Math.max(extent, 0) : 0));
    const weights = [
      scope.builder.constant(
        // Keras `[...kernel, out, in]` → ONNX `[in, out, ...kernel]`
        transposed(scope.weight('kernel', [...kernel, filters, channels]), [rank + 1, rank, ...kernel.keys()]),
        'kernel',
      ),
    ];
    if (config.use_bias) weights.push(scope.builder.constant(scope.weight('bias', [filters]), 'bias'));
    const value = scope.node('ConvTranspose', [scope.input.value, ...weights], {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: ints([...cut.map((extent) => Math.floor(extent / 2)), ...cut.map((extent) => Math.ceil(extent / 2))]),
      output_padding: ints(overlap.map((extent) => Math.max(-extent, 0))),
      group: int(1),
    });
    const out = positions.map(
      (extent, axis) => extent * (strides[axis] ?? 1) + (padding === 'same' ? 0 : Math.max(overlap[axis] ?? 0, 0)),
    );
    return { value: activate(scope, value, config.activation), shape: [...out, filters] };
  };

export const transposedConvolutionLayers: Readonly<Record<string, LayerImport>> = {
  Conv1DTranspose: transposedConvolution(1),
  Conv2DTranspose: transposedConvolution(2),
};
