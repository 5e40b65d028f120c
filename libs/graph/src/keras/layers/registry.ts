import type { LayerImport } from '../layer-import.js';
import { isOperation } from '../topology.js';
import { activationLayers, inferenceNoOps } from './activation.js';
import { attentionLayers } from './attention.js';
import { borderLayers } from './borders.js';
import { convolutionLayers } from './convolution.js';
import { convolutionalRecurrentLayers } from './convolutional-recurrent.js';
import { denseLayers } from './dense.js';
import { layoutLayers } from './layout.js';
import { maskingLayers } from './masking.js';
import { mergeLayers } from './merge.js';
import { normalizationLayers } from './normalization.js';
import { operationLayers, operations } from './operations.js';
import { poolingLayers } from './pooling.js';
import { productLayers } from './products.js';
import { recurrentLayers } from './recurrent.js';
import { resizingLayers } from './resizing.js';
import { transposedConvolutionLayers } from './transposed-convolution.js';
import { wrapperLayers } from './wrappers.js';
import type { KerasLayer } from '../keras-layer.js';

/** How each Keras class becomes graph nodes. A new layer is one entry in the file of its family. */
export const layerImports: ReadonlyMap<string, LayerImport> = new Map(
  Object.entries({
    ...convolutionLayers,
    ...transposedConvolutionLayers,
    ...denseLayers,
    ...poolingLayers,
    ...normalizationLayers,
    ...activationLayers,
    ...layoutLayers,
    ...maskingLayers,
    ...borderLayers,
    ...resizingLayers,
    ...mergeLayers,
    ...productLayers,
    ...recurrentLayers,
    ...convolutionalRecurrentLayers,
    ...attentionLayers,
    ...wrapperLayers,
    ...operationLayers,
    ...inferenceNoOps,
  }),
);

/** The import of a layer. Operations of Keras 3 share class names with layers. */
export function importOf(layer: KerasLayer, kerasVersion: 2 | 3): LayerImport | undefined {
  const { className } = layer;
  return isOperation(layer, kerasVersion) ? operations.get(className) : layerImports.get(className);
}

export { operations } from './operations.js';

export const isPooling = (className: string): boolean => Object.hasOwn(poolingLayers, className);
export const isConvolution = (className: string): boolean => Object.hasOwn(convolutionLayers, className);
/** Layers whose output counts as their input in explanations: they compute nothing, or add borders. */
export const isPassive = (className: string): boolean =>
  Object.hasOwn(inferenceNoOps, className) || className.startsWith('ZeroPadding');
