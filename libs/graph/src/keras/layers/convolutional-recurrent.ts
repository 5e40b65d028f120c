import { z } from 'zod';
import { int, ints } from '../../attributes.js';
import { int64s, transposed } from '../../constants.js';
import { slide } from '../../shapes/convolution.js';
import { split, type LayerImport, type LayerScope } from '../layer-import.js';
import { activate } from './activation-functions.js';
import { padsFor } from './convolution.js';
import { activationSchema, convolutionSchema } from './schemas.js';

/**
 * ConvLSTM (Shi et al. 2015) step by step over `[n, channels, steps, ...positions]`. The input's part of the gates i, f, c, o is
 * one convolution for all steps, with extent 1 along the steps. The state's part is one convolution per step. The state before
 * the first step is zero.
 */
const convolutionalLstm =
  (rank: number): LayerImport =>
  (scope) => {
    const schema = convolutionSchema(rank).extend({
      activation: activationSchema.default('tanh'),
      recurrent_activation: activationSchema.default(scope.kerasVersion === 2 ? 'hard_sigmoid' : 'sigmoid'),
      return_sequences: z.boolean().default(false),
      go_backwards: z.boolean().default(false),
      stateful: z.boolean().default(false),
    });
    const config = scope.config(schema);
    const { filters, kernel_size: kernel, data_format: format } = config;
    const { node, builder, input, inputs } = scope;
    if (config.stateful) return scope.refuse('it keeps its state from batch to batch (stateful)');
    if (inputs.length > 1) return scope.refuse('it is given a state to start from');
    if (scope.order === 'channels_first' || format === 'channels_first') return scope.refuse('its data_format is channels_first');
    const { positions: extents, channels } = split(input.shape);
    const [steps = 1, ...positions] = extents;
    if (positions.length !== rank) return scope.refuse(`it is given [${input.shape.join(', ')}]`);

    const geometry = { kernel, strides: config.strides, dilations: config.dilation_rate, padding: config.padding };
    const pads = padsFor(positions, geometry);
    const out = slide(positions, { ...geometry, pads, ceil: false }).map((extent) => extent ?? 0);
    const bias = config.use_bias ? [builder.constant(scope.weight('cell/bias', [4 * filters]), 'bias')] : [];
    const gates = node(
      'Conv',
      [input.value, builder.constant(stepKernel(scope, 'cell/kernel', [...kernel, channels, 4 * filters]), 'kernel'), ...bias],
      {
        kernel_shape: ints([1, ...kernel]),
        strides: ints([1, ...config.strides]),
        dilations: ints([1, ...config.dilation_rate]),
        pads: ints([0, ...pads.slice(0, rank), 0, ...pads.slice(rank)]),
        group: int(1),
      },
    );
    const ones = kernel.map(() => 1);
    const recurrence = builder.constant(
      stepKernel(scope, 'cell/recurrent_kernel', [...kernel, filters, 4 * filters]),
      'recurrent_kernel',
    );
    const statePads = padsFor(out, { kernel, strides: ones, dilations: ones, padding: 'same' });
    const recurrent = {
      kernel_shape: ints([1, ...kernel]),
      strides: ints([1, ...ones]),
      dilations: ints([1, ...ones]),
      pads: ints([0, ...statePads.slice(0, rank), 0, ...statePads.slice(rank)]),
      group: int(1),
    };
    const parted = (value: string, axis: number, count: number) =>
      count === 1 ? [value] : builder.node('Split', [value], { axis: int(axis), num_outputs: int(count) }, count);
    const gate = (value: string) => activate(scope, value, config.recurrent_activation);
    const cell = (value: string) => activate(scope, value, config.activation);

    const shares = parted(gates, 2, steps);
    const states: string[] = [];
    let state: { readonly h: string; readonly c: string } | undefined;
    for (const share of config.go_backwards ? shares.toReversed() : shares) {
      const all = state === undefined ? share : node('Add', [share, node('Conv', [state.h, recurrence], recurrent)]);
      const [i = '', f = '', c = '', o = ''] = parted(all, 1, 4);
      const fresh = node('Mul', [gate(i), cell(c)]);
      const kept = state === undefined ? fresh : node('Add', [node('Mul', [gate(f), state.c]), fresh]);
      state = { c: kept, h: node('Mul', [gate(o), cell(kept)]) };
      states.push(state.h);
    }
    if (config.return_sequences) {
      const value = states.length === 1 ? (states[0] ?? '') : node('Concat', states, { axis: int(2) });
      return { value, shape: [steps, ...out, filters] };
    }
    return { value: node('Squeeze', [state?.h ?? '', builder.constant(int64s([2]), 'axis')]), shape: [...out, filters] };
  };

/** Keras `[...kernel, in, out]` → ONNX `[out, in, 1, ...kernel]`, with extent 1 along the steps. */
function stepKernel(scope: LayerScope, role: string, shape: readonly number[]) {
  const rank = shape.length - 2;
  const moved = transposed(scope.weight(role, shape), [rank + 1, rank, ...Array.from({ length: rank }, (_, axis) => axis)]);
  const [out = 1, into = 1, ...kernel] = moved.shape;
  return { ...moved, shape: [out, into, 1, ...kernel] };
}

export const convolutionalRecurrentLayers: Readonly<Record<string, LayerImport>> = {
  ConvLSTM1D: convolutionalLstm(1),
  ConvLSTM2D: convolutionalLstm(2),
};
