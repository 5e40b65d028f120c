import type { Model } from '@xaigrid/graph';
import { kerasOf } from '../assert-executable.js';
import { activationBytes, powerOfTwo } from '../batch-size.js';
import { describeModel } from '../describe-model.js';
import type { Engine } from '../engine.js';
import { chooseBackend } from './choose-backend.js';
import { deepLift } from './deep-lift.js';
import { expectedGradients } from './expected-gradients.js';
import { gradient } from './gradient.js';
import { loadTensorFlow } from './load-tensorflow.js';
import { loadNetwork } from './network.js';
import { predictMasked } from './predict-masked.js';
import { activations, predict } from './predict.js';
import type { TensorFlowContext } from './tensorflow-context.js';
import { weightedMaskSum } from './weighted-mask-sum.js';

/** A forward pass and its gradient hold every activation about three times over; a batch stays below 192 MiB. */
const BATCH_BYTES = 64 * 2 ** 20;
/** The JavaScript backend is so slow that padding costs more than larger batches save. */
const LARGEST_BATCH = { tensorflow: 128, wasm: 64, cpu: 8 };

/**
 * An engine on TensorFlow.js: Keras models, TensorFlow's own layers and automatic differentiation.
 * @throws ENGINE_UNAVAILABLE, OPERATION_UNSUPPORTED for models that did not come from Keras or TF.js.
 */
export async function createTensorFlowEngine(model: Model): Promise<Engine> {
  const keras = kerasOf(model);
  const loaded = await loadTensorFlow();
  const description = describeModel(model);
  const network = await loadNetwork(loaded.tf, keras);
  const backend = chooseBackend(loaded, network, description.inputShape);
  const batchSize = powerOfTwo(Math.min(LARGEST_BATCH[backend], Math.floor(BATCH_BYTES / activationBytes(description))));
  const context: TensorFlowContext = { tf: loaded.tf, backend, network, model: description, batchSize };
  return {
    name: 'tensorflow',
    version: `${loaded.version} ${backend}`,
    model: description,
    batchSize,
    predict: (inputs) => predict(context, inputs),
    activations: (inputs, layers) => activations(context, inputs, layers),
    gradient: (request) => gradient(context, request),
    weightedMaskSum: (request) => weightedMaskSum(context, request),
    predictMasked: (request) => predictMasked(context, request),
    findNotFinite: () => Promise.resolve(undefined),
    deepLift: async (references, softmaxRule) => Promise.resolve(deepLift(context, references, softmaxRule)),
    expectedGradients: async (references) => Promise.resolve(expectedGradients(context, references)),
    close() {
      network.dispose();
      return Promise.resolve();
    },
  };
}
