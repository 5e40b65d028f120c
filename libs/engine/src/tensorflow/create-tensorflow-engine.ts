import { XaigridError, type EngineBackend } from '@xaigrid/contracts';
import { ablate } from './ablate.js';
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
import { noBiasGradients } from './no-bias-gradients.js';
import { noRelevance } from './no-relevance.js';
import { loadNetwork } from './network.js';
import { activations, predict } from './predict.js';
import { reluContext } from './relu-network.js';
import { scoreMasks } from './score-masks.js';
import { targetedContext, type TensorFlowContext } from './tensorflow-context.js';

/** A forward pass with its gradient holds every activation about three times, so a batch stays below 192 MiB. */
const BATCH_BYTES = 64 * 2 ** 20;
/** The JavaScript backend is so slow that padding costs more than larger batches save. */
const LARGEST_BATCH = { native: 128, wasm: 64, cpu: 8 };

/**
 * An engine on TensorFlow.js: Keras models, TensorFlow.js's layers and automatic differentiation.
 * @param asked the backend; default: the best one here that can compute the model
 * @throws ENGINE_UNAVAILABLE, also for a backend that is not installed; OPERATION_UNSUPPORTED for models that did not come from
 * Keras or TF.js.
 */
export async function createTensorFlowEngine(model: Model, asked?: EngineBackend): Promise<Engine> {
  const keras = kerasOf(model);
  const found = await loadTensorFlow();
  const backends = asked === undefined ? found.backends : found.backends.filter((backend) => backend === asked);
  if (backends.length === 0) throw noBackend(asked, found.backends);
  const loaded = { ...found, backends };
  const description = describeModel(model);
  const network = await loadNetwork(loaded.tf, keras);
  const backend = chooseBackend(loaded, network, description.inputShape);
  const batchSize = powerOfTwo(Math.min(LARGEST_BATCH[backend], Math.floor(BATCH_BYTES / activationBytes(description))));
  const context: TensorFlowContext = { tf: loaded.tf, backend, network, model: description, batchSize };
  return {
    name: 'tensorflow',
    version: loaded.version,
    backend,
    device: 'cpu',
    model: description,
    batchSize,
    predict: async (inputs, target) => predict(targetedContext(context, target), inputs),
    activations: (inputs, layers) => activations(context, inputs, layers),
    gradient: async (request) => gradient(reluContext(targetedContext(context, request.target), request.reluRule), request),
    biasGradients: () => Promise.reject(noBiasGradients()),
    relevance: () => Promise.reject(noRelevance()),
    scoreMasks: async (request) => scoreMasks(targetedContext(context, request.target), request),
    ablate: async (request) => ablate(targetedContext(context, request.target), request),
    findNotFinite: () => Promise.resolve(undefined),
    deepLift: async (references, { softmaxRule, target } = {}) =>
      Promise.resolve(deepLift(targetedContext(context, target), references, softmaxRule)),
    expectedGradients: async (references, target) =>
      Promise.resolve(expectedGradients(targetedContext(context, target), references)),
    close() {
      network.dispose();
      return Promise.resolve();
    },
  };
}

function noBackend(asked: EngineBackend | undefined, backends: readonly string[]): XaigridError {
  const way = asked === 'native' ? ' `npm run tensorflow:native` builds it (docs/engines.md).' : '';
  return new XaigridError(
    'ENGINE_UNAVAILABLE',
    `The engine tensorflow has no backend "${asked ?? ''}" here, only ${backends.join(' and ')}.${way}`,
  );
}
