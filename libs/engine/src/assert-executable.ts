import { XaigridError, type EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import { prepareTopology } from './tensorflow/prepare-topology.js';

/**
 * What can be told of an engine and a model without loading the engine: for a plan, before anything is computed.
 * @throws OPERATION_UNSUPPORTED as `createEngine` does.
 */
export function assertExecutable(name: EngineName, model: Model): void {
  if (name === 'tensorflow') prepareTopology(kerasOf(model).topology);
}

/** The model as TensorFlow.js takes it. @throws OPERATION_UNSUPPORTED for models that did not come from Keras or TF.js. */
export function kerasOf({ keras, format }: Model): NonNullable<Model['keras']> {
  if (keras !== undefined) return keras;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `The engine tensorflow executes Keras and TF.js models, not models of format ${format}. Use the engine onnxruntime, or give the model as Keras HDF5.`,
  );
}
