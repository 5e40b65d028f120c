import { z } from 'zod';
import { int, ints } from '../../attributes.js';
import { transposed } from '../../constants.js';
import { requirePositions, split, type LayerImport } from '../layer-import.js';
import { parsed } from '../parsed.js';
import { activate } from './activation-functions.js';
import { convolutionSchema } from './schemas.js';

/** One number per axis, or one for all. */
const outputPaddingSchema = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]).nullish();

/**
 * TensorFlow's transposed convolution: the input gradient of a convolution. The length of that convolution's input follows from
 * `same` (length × stride), from `valid` (length × stride, plus the reach of the kernel beyond a stride), or from an
 * `output_padding` beyond the reach of the kernel.
 */
const transposedConvolution =
  (rank: number): LayerImport =>
  (scope) => {
    const config = scope.config(convolutionSchema(rank));
    requirePositions(scope, config.data_format, rank);
    const { positions, channels } = split(scope.input.shape);
    const { filters, kernel_size: kernel, strides, padding } = config;
    const given = parsed(outputPaddingSchema, config.output_padding, 'output_padding of a transposed convolution');
    const stride = (axis: number) => strides[axis] ?? 1;
    const reach = kernel.map((extent, axis) => (extent - 1) * (config.dilation_rate[axis] ?? 1) + 1);
    const out = positions.map((extent, axis) => {
      const own = reach[axis] ?? 1;
      const added = Array.isArray(given) ? given[axis] : given;
      if (added === undefined || added === null)
        return extent * stride(axis) + (padding === 'same' ? 0 : Math.max(own - stride(axis), 0));
      return (extent - 1) * stride(axis) + own + added - (padding === 'same' ? 2 * Math.floor(own / 2) : 0);
    });
    // Output that the kernel reaches beyond the wanted extent is cut off. Positions at the end that it does not reach stay.
    const overlap = positions.map((extent, axis) => (extent - 1) * stride(axis) + (reach[axis] ?? 1) - (out[axis] ?? 1));
    const cut = overlap.map((extent) => Math.max(extent, 0));
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
      dilations: ints(config.dilation_rate),
      pads: ints([...cut.map((extent) => Math.floor(extent / 2)), ...cut.map((extent) => Math.ceil(extent / 2))]),
      output_padding: ints(overlap.map((extent) => Math.max(-extent, 0))),
      group: int(1),
    });
    return { value: activate(scope, value, config.activation), shape: [...out, filters] };
  };

export const transposedConvolutionLayers: Readonly<Record<string, LayerImport>> = {
  Conv1DTranspose: transposedConvolution(1),
  Conv2DTranspose: transposedConvolution(2),
  Conv3DTranspose: transposedConvolution(3),
};
