import { z } from 'zod';
import { int, ints } from '../../attributes.js';
import { float32, int64s, scalar } from '../../constants.js';
import { dataTypes } from '../../onnx/data-types.js';
import type { Feature, LayerImport, LayerScope } from '../layer-import.js';
import { inferenceNoOps } from './activation.js';

/**
 * Masks: of each sample which steps count, float `[n, steps]`, 1 for those that do. Masking and Embedding (`mask_zero`) make them; they go with
 * a layer's output to the next, as Keras 3.15 hands them on.
 */

/** Recurrent layers and the mean over the steps skip what is masked. */
const readers = new Set(['Masking', 'Embedding', 'LSTM', 'GRU', 'SimpleRNN', 'RNN', 'Bidirectional', 'GlobalAveragePooling1D']);
/** Layers that heed a mask in a way that is not imported. */
const heeding = new Set([
  ...['Softmax', 'Attention', 'AdditiveAttention', 'MultiHeadAttention', 'GroupedQueryAttention', 'GroupQueryAttention'],
  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate', 'Dot'],
  ...['ConvLSTM1D', 'ConvLSTM2D', 'ConvLSTM3D', 'TFOpLambda', 'SlicingOpLambda'],
]);
/** Layers that do not look at a mask and hand it on; all others lose it, as Keras warns. */
const passing = new Set([
  ...['Dense', 'Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'TimeDistributed', 'Normalization', 'Rescaling'],
  ...['BatchNormalization', 'LayerNormalization', 'GroupNormalization', 'UnitNormalization'],
  ...Object.keys(inferenceNoOps),
]);

/** The output with the mask that goes with it. @throws MODEL_UNSUPPORTED for a layer that heeds masks in a way of its own */
export function withMask(scope: LayerScope, className: string, output: Feature): Feature {
  const [masked] = scope.inputs.flatMap(({ mask }) => mask ?? []);
  if (masked === undefined || readers.has(className)) return output;
  if (heeding.has(className)) return scope.refuse('it is given masked steps, which is not supported for this layer');
  return passing.has(className) ? { ...output, mask: masked } : output;
}

/** The mask that a layer heeds: the one that it is called with, as Keras 3 writes it, or its input's own. */
export function maskOf(scope: LayerScope): string | undefined {
  const given = scope.call.keywords.mask;
  if (given?.kind !== 'tensor') return scope.input.mask;
  const { shape } = given.tensor;
  if (shape.length !== 1 || shape[0] !== scope.input.shape[0])
    return scope.refuse(`it is called with a mask of [${shape.join(', ')}] where it needs a number a step`);
  return scope.node('Cast', [given.tensor.value], { to: int(dataTypes.float) });
}

/** Whether a layer that another one wraps would be given the mask of one step. */
export const readsMask = (className: string): boolean => readers.has(className) || heeding.has(className);

/** Steps of which every feature is `mask_value` are masked, and 0. */
const masking: LayerImport = (scope) => {
  const { mask_value: value } = scope.config(z.object({ mask_value: z.number().default(0) }));
  const { input, node, builder } = scope;
  if (input.shape.length !== 2 || scope.order === 'channels_first')
    return scope.refuse(`it is given [${input.shape.join(', ')}] where it needs steps and features`);
  const mask = stepsThatDiffer(scope, input.value, value);
  const seen = node('Greater', [node('Unsqueeze', [mask, builder.constant(int64s([1]), 'axis')]), builder.scalar(0.5)]);
  return { value: node('Where', [seen, input.value, builder.scalar(0)]), shape: input.shape, mask };
};

/** Of `[n, features, steps]`: 1 where some feature of a step is another number than `value`. */
function stepsThatDiffer({ node, builder }: LayerScope, features: string, value: number): string {
  const same = node('Cast', [node('Equal', [features, builder.scalar(value)])], { to: int(dataTypes.float) });
  const axes = builder.constant(int64s([1]), 'axis');
  return node('Sub', [builder.scalar(1), node('ReduceMin', [same, axes], { keepdims: int(0) })]);
}

/** The mask of an Embedding's input, `[n, steps]`: 0 is no word. */
export function wordsOf(scope: LayerScope, indices: string): string {
  const { node, builder } = scope;
  const none = node('Equal', [indices, builder.constant(scalar(0, 'int64'), 'no word')]);
  return node('Sub', [builder.scalar(1), node('Cast', [none], { to: int(dataTypes.float) })]);
}

/** How the steps that count are moved together, and results put back where they belong. */
export interface Compaction {
  /** `[steps, n, features]`: the steps that count without gaps, at the end where steps are taken backwards; zeros elsewhere. */
  compacted(value: string): string;
  /** Of `[steps, n, units]` in that order: at each step what the last step that counted up to it gave, 0 before the first. */
  spread(value: string): string;
  /** The same of the step that is taken last, `[n, units]`. */
  last(value: string): string;
}

/**
 * A recurrent layer that leaves its state as it is on masked steps gives what it gives of the other steps alone. They are picked by products with
 * matrices of zeros and ones, which have a gradient.
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
  // How many steps count up to each, in the order in which they are taken.
  const counted = node('MatMul', [mask, square((from, to) => ((backwards ? from >= to : from <= to) ? 1 : 0))]);
  // Where each step's result is among the compacted.
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

/** `[steps, n, units]`, 0 on masked steps. */
export function zeroed({ node, builder }: LayerScope, value: string, mask: string): string {
  const steps = node('Transpose', [mask], { perm: ints([1, 0]) });
  return node('Mul', [value, node('Unsqueeze', [steps, builder.constant(int64s([2]), 'axis')])]);
}

/** The mean over the steps that count: `[n, features, steps]` → `[n, features, 1]`. */
export function meanOverMask({ node, builder }: LayerScope, value: string, mask: string): string {
  const over = (values: string) => node('ReduceSum', [values, builder.constant(int64s([2]), 'axis')], { keepdims: int(1) });
  const rows = node('Unsqueeze', [mask, builder.constant(int64s([1]), 'axis')]);
  return node('Div', [over(node('Mul', [value, rows])), over(rows)]);
}

export const maskingLayers: Readonly<Record<string, LayerImport>> = { Masking: masking };
