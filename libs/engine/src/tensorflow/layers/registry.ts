import { activationLayers } from './activation.js';
import { convolutionLayers } from './convolution.js';
import type { Config, OwnLayer } from './layer.js';
import { inferenceNoOps, layoutLayers } from './layout.js';
import { mergeLayers } from './merge.js';
import { normalizationLayers } from './normalization.js';
import { poolingLayers } from './pooling.js';
import { resizingLayers } from './resizing.js';

/** Layers of the engine's own, made of TensorFlow.js's operations. A new one is an entry in its family's file. */
export const ownLayers: ReadonlyMap<string, OwnLayer> = new Map(
  Object.entries({
    ...convolutionLayers,
    ...poolingLayers,
    ...normalizationLayers,
    ...activationLayers,
    ...layoutLayers,
    ...resizingLayers,
    ...mergeLayers,
    ...inferenceNoOps,
  }),
);

/** Layers whose activations are in the middle of what they compute: they cannot be taken out. */
export const recurrentLayers: ReadonlySet<string> = new Set(['LSTM', 'GRU', 'SimpleRNN']);

/** Layers of TensorFlow.js that compute what Keras computes, forward and backward. */
const borrowedLayers: ReadonlySet<string> = new Set([
  ...['InputLayer', 'Dense', 'MaxPooling1D', 'MaxPooling2D', 'PReLU', 'RepeatVector', 'Embedding', 'TimeDistributed'],
  ...['Permute', 'ZeroPadding2D', 'Cropping2D', 'Add', 'Multiply', 'Average', 'Concatenate', 'Dot'],
  ...recurrentLayers,
]);
/** Activations that TensorFlow.js has, as JSON. */
const borrowedActivations: ReadonlySet<string> = new Set(
  ['linear', 'relu', 'relu6', 'sigmoid', 'hard_sigmoid', 'tanh', 'softmax', 'softplus', 'softsign', 'elu', 'selu'].map((name) =>
    JSON.stringify(name),
  ),
);

/** Why a layer cannot be computed: completes "The engine tensorflow cannot compute layer "x", …"; undefined where it can. */
export function refusalOf(className: string, config: Config): string | undefined {
  const own = ownLayers.get(className);
  if (own === undefined && !borrowedLayers.has(className)) return `of class ${className}`;
  if (config.data_format === 'channels_first' && className !== 'Flatten') return 'whose channels come first';
  return recurrentLayers.has(className) ? refusalOfRecurrent(className, config) : own?.refusal?.(config);
}

function refusalOfRecurrent(className: string, config: Config): string | undefined {
  if (className === 'GRU' && config.reset_after === true) return 'a GRU with reset_after';
  const { activation = 'tanh', recurrent_activation: recurrent = 'sigmoid' } = config;
  const unknown = [activation, recurrent].map((name) => JSON.stringify(name)).find((name) => !borrowedActivations.has(name));
  return unknown === undefined ? undefined : `whose activation is ${unknown}`;
}
