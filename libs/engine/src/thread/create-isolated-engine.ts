import type { EngineName } from '@xaigrid/contracts';
import type { Model } from '@xaigrid/graph';
import type { DeepLift, Engine, ExpectedGradients } from '../engine.js';
import { connectThread } from './thread-connection.js';

/**
 * An engine in a worker thread of its own: the caller's JavaScript thread stays free while it computes. Same results, same
 * errors; tensors are copied once on their way in and moved on their way out.
 *
 * A thread that dies fails what it was asked with ENGINE_FAILED; an idle engine does not keep the process alive.
 */
export async function createIsolatedEngine(options: {
  readonly model: Model;
  readonly name: EngineName;
  readonly threads: number;
  readonly signal?: AbortSignal;
}): Promise<Engine> {
  const { model, name, threads, signal } = options;
  const { call, make, end, greeting } = await connectThread({ model, name, threads }, signal);
  return {
    name,
    version: greeting.version,
    model: greeting.model,
    batchSize: greeting.batchSize,
    predict: (inputs) => call(0, 'predict', [inputs]),
    activations: (inputs, layers) => call(0, 'activations', [inputs, layers]),
    gradient: (request) => call(0, 'gradient', [request]),
    weightedMaskSum: (request) => call(0, 'weightedMaskSum', [request]),
    predictMasked: (request) => call(0, 'predictMasked', [request]),
    async deepLift(references): Promise<DeepLift> {
      const target = await make('deepLift', [references]);
      return { attribute: (request) => call(target, 'attribute', [request]), close: () => call(target, 'close', []) };
    },
    async expectedGradients(references): Promise<ExpectedGradients> {
      const target = await make('expectedGradients', [references]);
      return { attribute: (request) => call(target, 'attribute', [request]), close: () => call(target, 'close', []) };
    },
    close: end,
  };
}
