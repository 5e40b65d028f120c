import type { Device, EngineBackend, EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import type { DeepLift, Engine, ExpectedGradients } from '../engine.js';
import { quietTensorFlow } from '../tensorflow/load-tensorflow.js';
import { collectGarbageLessOften } from './garbage-collection.js';
import { predictInPieces } from './predict-in-pieces.js';
import { shareReferences, type SharedReferences } from '../shared-references.js';
import { holdWeightsFile } from '../weights/weights-file.js';
import { connectThread } from './thread-connection.js';

/**
 * An engine in its own worker thread, so that the caller's JavaScript thread stays free while it computes. Results and errors are
 * the same. Tensors are copied once on the way in and moved on the way out; references are shared with the threads of other
 * engines.
 *
 * If the thread dies, its open calls fail with ENGINE_ENDED. An idle engine does not keep the process alive.
 */
export async function createIsolatedEngine(options: {
  readonly model: Model;
  readonly name: EngineName;
  readonly backend?: EngineBackend | undefined;
  readonly device: Device;
  readonly threads: number;
  readonly signal?: AbortSignal;
}): Promise<Engine> {
  const { model, name, backend, device, threads, signal } = options;
  collectGarbageLessOften();
  if (name === 'tensorflow') quietTensorFlow();
  const weights = name === 'onnxruntime' ? holdWeightsFile(model) : undefined;
  const connecting = connectThread(
    { model: asNeeded(model, name), name, backend, device, threads, weights: weights?.file },
    signal,
  );
  const { call, make, end, greeting } = await connecting.catch((error: unknown) => {
    weights?.release();
    throw error;
  });
  const held = new Set<SharedReferences>();

  /** Calls a method whose result uses references until it is closed. */
  async function makeWith(method: string, references: Tensor, ...options: readonly unknown[]) {
    const shared = shareReferences(references);
    held.add(shared);
    const release = () => {
      shared.release();
      held.delete(shared);
    };
    try {
      const target = await make(method, [shared.tensor, ...options]);
      return { target, close: (): Promise<void> => call<undefined>(target, 'close', []).finally(release) };
    } catch (error) {
      release();
      throw error;
    }
  }

  return {
    name,
    version: greeting.version,
    backend: greeting.backend,
    device,
    model: greeting.model,
    batchSize: greeting.batchSize,
    predict: (inputs, target) => predictInPieces(inputs, greeting, (piece) => call(0, 'predict', [piece, target])),
    activations: (inputs, layers) => call(0, 'activations', [inputs, layers]),
    gradient: (request) => call(0, 'gradient', [request]),
    biasGradients: (request) => call(0, 'biasGradients', [request]),
    relevance: (request) => call(0, 'relevance', [request]),
    scoreMasks: (request) => call(0, 'scoreMasks', [request]),
    ablate: (request) => call(0, 'ablate', [request]),
    findNotFinite: (request) => call(0, 'findNotFinite', [request]),
    async deepLift(references, options): Promise<DeepLift> {
      const { target, close } = await makeWith('deepLift', references, options);
      return { attribute: (request) => call(target, 'attribute', [request]), close };
    },
    async expectedGradients(references, of): Promise<ExpectedGradients> {
      const { target, close } = await makeWith('expectedGradients', references, of);
      return { attribute: (request) => call(target, 'attribute', [request]), close };
    },
    close: () =>
      end().finally(() => {
        for (const shared of held) shared.release();
        held.clear();
        weights?.release();
      }),
  };
}

/** The model as this engine needs it. The part of a Keras file for TensorFlow.js is a second copy of the weights. */
function asNeeded({ keras, ...model }: Model, name: EngineName): Model {
  return name === 'tensorflow' && keras !== undefined ? { ...model, keras } : model;
}
