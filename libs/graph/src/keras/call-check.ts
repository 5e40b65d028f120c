import type { Argument } from './arguments.js';
import type { Feature, LayerScope } from './layer-import.js';
import { dropsAtRandom } from './layers/activation.js';
import { operationLayers } from './layers/operations.js';

/** Layers that compute something else when they are called for training. */
const trains = (className: string): boolean =>
  dropsAtRandom(className) || ['BatchNormalization', 'SpectralNormalization'].includes(className);

/** Layers that may be given a mask by name: they apply it, or do not need it. */
const masked = [
  ...['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'Bidirectional', 'GlobalAveragePooling1D', 'TimeDistributed', 'BatchNormalization'],
];

/** Keywords that a layer's import reads, apart from those of its inputs. */
const readKeywords: Readonly<Record<string, readonly string[]>> = {
  Attention: ['use_causal_mask'],
  AdditiveAttention: ['use_causal_mask'],
  MultiHeadAttention: ['use_causal_mask', 'query', 'value', 'key'],
  GroupedQueryAttention: ['use_causal_mask', 'query', 'value', 'key'],
  ...Object.fromEntries(masked.map((className) => [className, ['mask']])),
};
const inputKeywords = ['inputs', 'input', 'x', 'sequence', 'sequences'];

/** Refuses arguments of a call that the import would ignore: masks, states, constants, training. */
export function refuseCall(scope: LayerScope, className: string): void {
  if (Object.hasOwn(operationLayers, className)) return;
  const { args, keywords } = scope.call;
  if (args.some(isConstant)) scope.refuse('it is given a constant among its inputs');
  const read = [...inputKeywords, ...(readKeywords[className] ?? [])];
  for (const [name, argument] of Object.entries(keywords)) {
    if (name === 'training') {
      const on = argument.kind !== 'plain' || argument.value === true || argument.value === 1;
      // Keras 3 never predicts in training mode, whatever a call says.
      if (on && scope.kerasVersion === 2 && trains(className))
        scope.refuse('it is called with training=True, so its predictions are random');
    } else if (!isNothing(argument) && !read.includes(name)) scope.refuse(`it is called with ${name}`);
  }
}

const isNothing = (argument: Argument<Feature>): boolean =>
  argument.kind === 'plain' && (argument.value === null || argument.value === false);

function isConstant(argument: Argument<Feature>): boolean {
  if (argument.kind === 'list') return argument.items.some(isConstant);
  return argument.kind !== 'tensor' && !isNothing(argument);
}
