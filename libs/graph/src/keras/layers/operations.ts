import { z } from 'zod';
import type { LayerImport } from '../layer-import.js';
import { elementwiseFunctions, elementwiseOperations } from './elementwise-operations.js';
import { layoutFunctions, layoutOperations } from './layout-operations.js';
import { matrixFunctions, matrixOperations } from './matrix-operations.js';
import { reductionFunctions, reductionOperations } from './reductions.js';
import { resizingFunctions } from './resizing.js';
import { slicingFunctions, slicingOperations } from './slicing.js';

/** The operations of Keras 3 (`keras.ops`) by class. */
export const operations: ReadonlyMap<string, LayerImport> = new Map(
  Object.entries({
    ...elementwiseOperations,
    ...slicingOperations,
    ...layoutOperations,
    ...reductionOperations,
    ...matrixOperations,
  }),
);

const functions: Readonly<Record<string, LayerImport>> = {
  ...elementwiseFunctions,
  ...slicingFunctions,
  ...layoutFunctions,
  ...reductionFunctions,
  ...matrixFunctions,
  ...resizingFunctions,
};

/** A function of TensorFlow in a model of Keras 2. */
const tensorFlowFunction: LayerImport = (scope) => {
  const { function: name } = scope.config(z.object({ function: z.string() }));
  const own = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (own === undefined) return scope.refuse(`it calls tf.${name}; supported: ${Object.keys(functions).join(', ')}`);
  return own(scope);
};

export const operationLayers: Readonly<Record<string, LayerImport>> = {
  TFOpLambda: tensorFlowFunction,
  SlicingOpLambda: tensorFlowFunction,
};
