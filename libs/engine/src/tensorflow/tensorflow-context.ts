import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import { toXaigridError, XaigridError, type EngineBackend, type Target } from '@xaigrid/contracts';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import type { ModelDescription } from '../engine.js';
import { backendNames } from './load-tensorflow.js';
import type { Network } from './network.js';
import { targetNetwork } from './target-network.js';
import type { TensorFlow } from './tensorflow-library.js';

/** What each computation on the tensorflow engine needs. */
export interface TensorFlowContext {
  readonly tf: TensorFlow;
  readonly backend: EngineBackend;
  readonly network: Network;
  readonly model: ModelDescription;
  readonly batchSize: number;
}

/**
 * The context with a network that gives `target` in place of probabilities.
 * @throws OPERATION_UNSUPPORTED where the network's logits are not to be found
 */
export function targetedContext(context: TensorFlowContext, target: Target = 'probability'): TensorFlowContext {
  return target === 'probability' ? context : { ...context, network: targetNetwork(context.tf, context.network, target) };
}

/**
 * Runs `work` on the context's backend and frees every tensor it makes. TensorFlow.js' backend is a setting of the whole
 * thread, so `work` must not await.
 * @throws OPERATION_UNSUPPORTED for a gradient that TensorFlow.js does not have, ENGINE_FAILED for what else it throws.
 */
export function compute<Result>({ tf, backend }: Pick<TensorFlowContext, 'tf' | 'backend'>, work: () => Result): Result {
  tf.engine().startScope();
  try {
    // Resolves at once for a backend that has been started; the setting itself is immediate.
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

/** Lets timers and other work in after each batch, since every computation blocks this thread. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The values of a tensor as an array of its own, whatever memory the backend keeps them in. */
export function valuesOf(tensor: TfTensor): Float32Array<ArrayBuffer> {
  return Float32Array.from(tensor.dataSync());
}

/** An output tensor that batches write their rows into. */
export function emptyTensor(shape: readonly number[]): Tensor {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

/** F of each row: `[batch, classes]` → `[batch]`. */
export function pickClasses(tf: TensorFlow, outputs: TfTensor, { classes, contrasts }: ExplainedOutputs): TfTensor {
  return tf.sum(tf.mul(outputs, seedOf(tf, { classes, contrasts }, outputs.shape[1] ?? 1)), 1);
}

/** ∂F/∂outputs of each row, `[batch, count]`: 1 at its class, and −1 at the one it is contrasted with. */
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
