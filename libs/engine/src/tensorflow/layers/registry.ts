import { activationLayers } from './activation.js';
import { convolutionLayers } from './convolution.js';
import type { Config, OwnLayer } from './layer.js';
import { inferenceNoOps, layoutLayers } from './layout.js';
import { mergeLayers } from './merge.js';
import { normalizationLayers } from './normalization.js';
import { poolingLayers } from './pooling.js';
import { recurrentLayers } from './recurrent.js';
import { resizingLayers } from './resizing.js';

/** The layers that the engine builds itself from operations of TensorFlow.js. A new one is an entry in the file of its family. */
export const ownLayers: ReadonlyMap<string, OwnLayer> = new Map(
  Object.entries({
    ...convolutionLayers,
    ...poolingLayers,
    ...normalizationLayers,
    ...activationLayers,
    ...layoutLayers,
    ...resizingLayers,
    ...mergeLayers,
    ...recurrentLayers,
    ...inferenceNoOps,
  }),
);

/**
 * Whether the activation comes last in a layer and can be separated from it. In recurrent layers it is in the middle of the
 * computation.
 */
export const hasActivationApart = (className: string): boolean =>
  className !== 'Activation' && !Object.hasOwn(recurrentLayers, className);

/** Layers of TensorFlow.js that compute the same as Keras, forward and backward. */
const borrowedLayers: ReadonlySet<string> = new Set([
  ...['InputLayer', 'Dense', 'MaxPooling1D', 'MaxPooling2D', 'PReLU', 'RepeatVector', 'Embedding', 'TimeDistributed'],
  ...['Permute', 'ZeroPadding2D', 'Cropping2D', 'Add', 'Multiply', 'Average', 'Concatenate', 'Dot'],
]);
/** Why a layer cannot be computed. It completes "The engine tensorflow cannot compute layer "x", …". Undefined if it can. */
export function refusalOf(className: string, config: Config): string | undefined {
  const own = ownLayers.get(className);
  if (own === undefined && !borrowedLayers.has(className)) return `of class ${className}`;
  if (config.data_format === 'channels_first' && className !== 'Flatten') return 'whose channels come first';
  if (className === 'Embedding' && config.mask_zero === true) return 'which masks steps (mask_zero)';
  return className === 'TimeDistributed' ? refusalOfWrapped(config) : own?.refusal?.(config);
}

/** The refusal of a layer inside a TimeDistributed, which TensorFlow.js itself computes. */
function refusalOfWrapped({ layer }: Config): string | undefined {
  const { class_name: className, config = {} } = (layer ?? {}) as { readonly class_name?: string; readonly config?: Config };
  if (['Sequential', 'Functional', 'Model'].includes(className ?? '')) return 'a TimeDistributed around a model';
  const inner = refusalOf(className ?? '', config);
  return inner === undefined ? undefined : `a TimeDistributed around a layer ${inner}`;
}
