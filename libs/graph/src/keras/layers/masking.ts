import { z } from 'zod';
import { int, ints } from '../../attributes.js';
import { float32, int64s, scalar } from '../../constants.js';
import { dataTypes } from '../../onnx/data-types.js';
import type { Feature, LayerImport, LayerScope } from '../layer-import.js';
import { inferenceNoOps } from './activation.js';

/**
 * A mask tells which steps of each sample count: float `[n, steps]`, 1 for steps that count. Masking and Embedding (`mask_zero`)
 * make masks. They go from a layer's output to the next layer, as in Keras 3.15.
 */

/** Layers that apply a mask: recurrent layers and the mean over steps skip masked steps. */
const readers = new Set(['Masking', 'Embedding', 'LSTM', 'GRU', 'SimpleRNN', 'RNN', 'Bidirectional', 'GlobalAveragePooling1D']);
/** Layers that apply a mask in a way that is not imported. */
const heeding = new Set([
  ...['Softmax', 'Attention', 'AdditiveAttention', 'MultiHeadAttention', 'GroupedQueryAttention', 'GroupQueryAttention'],
  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot'],
  ...['ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D', 'TFOpLambda', 'SlicingOpLambda'],
]);
/** Layers that ignore a mask and pass it on. All other layers drop it, as Keras warns. */
const passing = new Set([
  ...['Dense', 'Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'TimeDistributed', 'Normalization', 'Rescaling'],
  ...['BatchNormalization', 'LayerNormalization', 'GroupNormalization', 'UnitNormalization'],
  ...Object.keys(inferenceNoOps),
]);

/**
 * The output of a layer with the mask that it passes on.
 * @throws MODEL_UNSUPPORTED for a layer that applies masks in a way that is not imported
 */
export function withMask(scope: LayerScope, className: string, output: Feature): Feature {
  const [masked] = scope.inputs.flatMap(({ mask }) => mask ?? []);
  if (masked === undefined || readers.has(className)) return output;
  if (heeding.has(className)) return scope.refuse('it is given masked steps, which is not supported for this layer');
  return passing.has(className) ? { ...output, mask: masked } : output;
}

/** The mask that a layer applies: the one that it is called with, as Keras 3 writes it, or that of its input. */
export function maskOf(scope: LayerScope): string | undefined {
  const given = scope.call.keywords.mask;
  if (given?.kind !== 'tensor') return scope.input.mask;
  const { shape } = given.tensor;
  if (shape.length !== 1 || shape[0] !== scope.input.shape[0])
    return scope.refuse(`it is called with a mask of [${shape.join(', ')}] where it needs a number a step`);
  return scope.node('Cast', [given.tensor.value], { to: int(dataTypes.float) });
}

/** Whether a wrapped layer would be given the mask of one step. */
export const readsMask = (className: string): boolean => readers.has(className) || heeding.has(className);

/** Masks the steps whose features all equal `mask_value`, and sets them to 0. */
const masking: LayerImport = (scope) => {
  const { mask_value: value } = scope.config(z.object({ mask_value: z.number().default(0) }));
  const { input, node, builder } = scope;
  if (input.shape.length !== 2 || scope.order === 'channels_first')
    return scope.refuse(`it is given [${input.shape.join(', ')}] where it needs steps and features`);
  const mask = stepsThatDiffer(scope, input.value, value);
  const seen = node('Greater', [node('Unsqueeze', [mask, builder.constant(int64s([1]), 'axis')]), builder.scalar(0.5)]);
  return { value: node('Where', [seen, input.value, builder.scalar(0)]), shape: input.shape, mask };
};

/** For `[n, features, steps]`: 1 where at least one feature of a step differs from `value`. */
function stepsThatDiffer({ node, builder }: LayerScope, features: string, value: number): string {
  const same = node('Cast', [node('Equal', [features, builder.scalar(value)])], { to: int(dataTypes.float) });
  const axes = builder.constant(int64s([1]), 'axis');
  return node('Sub', [builder.scalar(1), node('ReduceMin', [same, axes], { keepdims: int(0) })]);
}

/** The mask of an Embedding's input, `[n, steps]`: 0 means no word. */
export function wordsOf(scope: LayerScope, indices: string): string {
  const { node, builder } = scope;
  const none = node('Equal', [indices, builder.constant(scalar(0, 'int64'), 'no word')]);
  return node('Sub', [builder.scalar(1), node('Cast', [none], { to: int(dataTypes.float) })]);
}

/** Moves the unmasked steps together, and results back to their places. */
export interface Compaction {
  /** `[steps, n, features]`: the unmasked steps without gaps, at the end if steps are taken backwards; zeros elsewhere. */
  compacted(value: string): string;
  /**
   * For results `[steps, n, units]` in that order: at each step, the result of the last unmasked step so far; 0 before the first
   * one.
   */
  spread(value: string): string;
  /** The result of the unmasked step that is taken last, `[n, units]`. */
  last(value: string): string;
}

/**
 * A recurrent layer that keeps its state on masked steps gives the same as on the unmasked steps alone. Products with matrices of
 * zeros and ones, which have gradients, select those steps.
 */
export function compaction(scope: LayerScope, mask: string, steps: number, backwards: boolean): Compaction {
  const { node, builder } = scope;
  const square = (of: (from: number, to: number) => number) =>
    builder.constant(
      float32(
        Float32Array.from({ length: steps * steps }, (_, at) => of(Math.floor(at / steps), at % steps)),
        [steps, steps],
      ),
      'steps',
    );
  const axis = (at: number) => builder.constant(int64s([at]), 'axis');
  // The number of unmasked steps up to each step, in the order in which they are taken.
  const counted = node('MatMul', [mask, square((from, to) => ((backwards ? from >= to : from <= to) ? 1 : 0))]);
  // The place of each step's result among the compacted ones.
  const place = backwards ? node('Sub', [builder.scalar(steps), counted]) : node('Sub', [counted, builder.scalar(1)]);
  const places = builder.constant(
    float32(
      Float32Array.from({ length: steps }, (_, at) => at),
      [1, 1, steps],
    ),
    'places',
  );
  const chosen = node('Cast', [node('Equal', [node('Unsqueeze', [place, axis(2)]), places])], { to: int(dataTypes.float) });
  const picked = node('Mul', [chosen, node('Unsqueeze', [mask, axis(2)])]);
  const samplesFirst = (value: string) => node('Transpose', [value], { perm: ints([1, 0, 2]) });
  const spread = (value: string) => node('MatMul', [chosen, samplesFirst(value)]);
  return {
    compacted: (value) =>
      samplesFirst(node('MatMul', [node('Transpose', [picked], { perm: ints([0, 2, 1]) }), samplesFirst(value)])),
    spread: (value) => samplesFirst(spread(value)),
    last: (value) =>
      node('Gather', [spread(value), builder.constant(scalar(backwards ? 0 : steps - 1, 'int64'), 'last')], {
        axis: int(1),
      }),
  };
}

/** `[steps, n, units]` with 0 on masked steps. */
export function zeroed({ node, builder }: LayerScope, value: string, mask: string): string {
  const steps = node('Transpose', [mask], { perm: ints([1, 0]) });
  return node('Mul', [value, node('Unsqueeze', [steps, builder.constant(int64s([2]), 'axis')])]);
}

/** The mean over the unmasked steps: `[n, features, steps]` → `[n, features, 1]`. */
export function meanOverMask({ node, builder }: LayerScope, value: string, mask: string): string {
  const over = (values: string) => node('ReduceSum', [values, builder.constant(int64s([2]), 'axis')], { keepdims: int(1) });
  const rows = node('Unsqueeze', [mask, builder.constant(int64s([1]), 'axis')]);
  return node('Div', [over(node('Mul', [value, rows])), over(rows)]);
}

export const maskingLayers: Readonly<Record<string, LayerImport>> = { Masking: masking };
