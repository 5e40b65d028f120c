import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import { toXaigridError, XaigridError, type EngineBackend, type Target } from '@xaigrid/contracts';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import type { ModelDescription } from '../engine.js';
import { backendNames } from './load-tensorflow.js';
import type { Network } from './network.js';
import { targetNetwork } from './target-network.js';
import type { TensorFlow } from './tensorflow-library.js';

/** What each computation of the engine tensorflow needs. */
export interface TensorFlowContext {
  readonly tf: TensorFlow;
  readonly backend: EngineBackend;
  readonly network: Network;
  readonly model: ModelDescription;
  readonly batchSize: number;
}

/**
 * The context with a network that gives `target` instead of probabilities.
 * @throws OPERATION_UNSUPPORTED if the network's logits cannot be found
 */
export function targetedContext(context: TensorFlowContext, target: Target = 'probability'): TensorFlowContext {
  return target === 'probability' ? context : { ...context, network: targetNetwork(context.tf, context.network, target) };
}

/**
 * Runs `work` on the context's backend, and frees every tensor that it makes. TensorFlow.js has one backend per thread, so `work`
 * must not await.
 * @throws OPERATION_UNSUPPORTED for a gradient that TensorFlow.js lacks, ENGINE_FAILED for other errors.
 */
export function compute<Result>({ tf, backend }: Pick<TensorFlowContext, 'tf' | 'backend'>, work: () => Result): Result {
  tf.engine().startScope();
  try {
    // The promise resolves at once for a started backend, and the setting takes effect immediately.
    if (tf.getBackend() !== backendNames[backend]) void tf.setBackend(backendNames[backend]);
    return work();
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    const { message } = toXaigridError(error);
    if (/Error in gradient|not registered for backend|not yet supported/.test(message)) {
      throw new XaigridError(
        'OPERATION_UNSUPPORTED',
        `TensorFlow.js (${backend}) cannot do this computation for the model: ${message}. Use the engine onnxruntime.`,
        { cause: error },
      );
    }
    throw new XaigridError('ENGINE_FAILED', `TensorFlow.js (${backend}) failed: ${message}`, { cause: error });
  } finally {
    tf.engine().endScope();
  }
}

/** Lets timers and other work run after each batch, because every computation blocks this thread. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The values of a tensor as an array of their own, in whatever memory the backend keeps them. */
export function valuesOf(tensor: TfTensor): Float32Array<ArrayBuffer> {
  return Float32Array.from(tensor.dataSync());
}

/** A tensor for results, into which batches write their rows. */
export function emptyTensor(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

/** F of each row: `[batch, classes]` → `[batch]`. */
export function pickClasses(tf: TensorFlow, outputs: TfTensor, { classes, contrasts }: ExplainedOutputs): TfTensor {
  return tf.sum(tf.mul(outputs, seedOf(tf, { classes, contrasts }, outputs.shape[1] ?? 1)), 1);
}

/** ∂F/∂outputs of each row, `[batch, count]`: 1 at its class, and −1 at the contrast class. */
export function seedOf(tf: TensorFlow, { classes, contrasts }: ExplainedOutputs, count: number): TfTensor {
  const of = (indices: Int32Array) => tf.oneHot(tf.tensor1d(indices, 'int32'), count);
  return contrasts === undefined ? of(classes) : tf.sub(of(classes), of(contrasts));
}

/** The network's last result. */
export function outputOf(results: readonly TfTensor[]): TfTensor {
  const output = results.at(-1);
  if (output === undefined) throw new XaigridError('INTERNAL', 'A network has at least one step.');
  return output;
}
