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

/** Layers of TensorFlow.js that compute what Keras computes, forward and backward. */
const borrowedLayers: ReadonlySet<string> = new Set([
  ...['InputLayer', 'Dense', 'MaxPooling1D', 'MaxPooling2D', 'PReLU'],
  ...['Permute', 'ZeroPadding2D', 'Cropping2D', 'Add', 'Multiply', 'Average', 'Concatenate'],
]);

/** Why a layer cannot be computed: completes "The engine tensorflow cannot compute layer "x", …"; undefined where it can. */
export function refusalOf(className: string, config: Config): string | undefined {
  // Keras 3's operations and layers share names, not meanings.
  if (typeof config.module === 'string' && config.module.includes('.ops.')) return `an operation ${className}`;
  const own = ownLayers.get(className);
  if (own === undefined && !borrowedLayers.has(className)) return `of class ${className}`;
  if (config.data_format === 'channels_first' && className !== 'Flatten') return 'whose channels come first';
  return own?.refusal?.(config);
}
