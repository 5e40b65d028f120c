import type { LayerImport } from '../layer-import.js';
import { activationLayers, inferenceNoOps } from './activation.js';
import { convolutionLayers } from './convolution.js';
import { denseLayers } from './dense.js';
import { layoutLayers } from './layout.js';
import { mergeLayers } from './merge.js';
import { normalizationLayers } from './normalization.js';
import { poolingLayers } from './pooling.js';

/** How each Keras class becomes graph nodes. A new layer is one entry in its family's file. */
export const layerImports: ReadonlyMap<string, LayerImport> = new Map(
  Object.entries({
    ...convolutionLayers,
    ...denseLayers,
    ...poolingLayers,
    ...normalizationLayers,
    ...activationLayers,
    ...layoutLayers,
    ...mergeLayers,
    ...inferenceNoOps,
  }),
);

export const isPooling = (className: string): boolean => Object.hasOwn(poolingLayers, className);
export const isConvolution = (className: string): boolean => Object.hasOwn(convolutionLayers, className);
export const isNoOp = (className: string): boolean => Object.hasOwn(inferenceNoOps, className);
