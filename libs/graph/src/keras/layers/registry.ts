import type { LayerImport } from '../layer-import.js';
import type { KerasLayer } from '../topology.js';
import { activationLayers, inferenceNoOps } from './activation.js';
import { borderLayers } from './borders.js';
import { convolutionLayers } from './convolution.js';
import { denseLayers } from './dense.js';
import { layoutLayers } from './layout.js';
import { mergeLayers } from './merge.js';
import { normalizationLayers } from './normalization.js';
import { operationLayers, operations } from './operations.js';
import { poolingLayers } from './pooling.js';
import { resizingLayers } from './resizing.js';
import { transposedConvolutionLayers } from './transposed-convolution.js';

/** How each Keras class becomes graph nodes. A new layer is one entry in its family's file. */
export const layerImports: ReadonlyMap<string, LayerImport> = new Map(
  Object.entries({
    ...convolutionLayers,
    ...transposedConvolutionLayers,
    ...denseLayers,
    ...poolingLayers,
    ...normalizationLayers,
    ...activationLayers,
    ...layoutLayers,
    ...borderLayers,
    ...resizingLayers,
    ...mergeLayers,
    ...operationLayers,
    ...inferenceNoOps,
  }),
);

/** Keras 3's operations share class names with layers. */
export function importOf({ className, module }: KerasLayer): LayerImport | undefined {
  return module?.includes('.ops.') === true ? operations.get(className) : layerImports.get(className);
}

export const isPooling = (className: string): boolean => Object.hasOwn(poolingLayers, className);
export const isConvolution = (className: string): boolean => Object.hasOwn(convolutionLayers, className);
/** Layers whose output is their input as far as explanations go: nothing is computed, or borders are added. */
export const isPassive = (className: string): boolean =>
  Object.hasOwn(inferenceNoOps, className) || className.startsWith('ZeroPadding');
