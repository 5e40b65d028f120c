import type { Tensor } from '@tensorflow/tfjs';
import type { EngineBackend } from '@xaigrid/contracts';
import { backendNames, type LoadedTensorFlow } from './load-tensorflow.js';
import type { Network } from './network.js';
import { compute, outputOf } from './tensorflow-context.js';
import type { TensorFlow } from './tensorflow-library.js';

/** The kernels that the engine's methods use besides those of the model. */
const ownKernels = [
  'ResizeBilinear',
  'Min',
  'Max',
  'GatherV2',
  'OneHot',
  'Greater',
  'Less',
  'Select',
  'LogicalAnd',
  'Tile',
  'Maximum',
  'Sum',
];

/**
 * The best backend with all kernels. A missing kernel shows only when it is called, so each backend is tried with one sample,
 * forward and back. If no backend has the gradient, it is the first that can predict.
 */
export function chooseBackend(
  { tf, backends }: LoadedTensorFlow,
  network: Network,
  inputShape: readonly number[],
): EngineBackend {
  const predicts = (backend: EngineBackend) => works(tf, backend, inputShape, (x) => outputOf(network.run(x)));
  const differentiates = (backend: EngineBackend) =>
    works(tf, backend, inputShape, (x) => tf.grad((input: Tensor) => tf.sum(outputOf(network.run(input))))(x));
  return backends.find(differentiates) ?? backends.find(predicts) ?? backends.at(-1) ?? 'cpu';
}

function works(tf: TensorFlow, backend: EngineBackend, inputShape: readonly number[], trial: (x: Tensor) => Tensor): boolean {
  const kernels = new Set(tf.getKernelsForBackend(backendNames[backend]).map(({ kernelName }) => kernelName));
  if (ownKernels.some((kernel) => !kernels.has(kernel))) return false;
  try {
    compute({ tf, backend }, () => trial(tf.ones([1, ...inputShape])).dataSync());
    return true;
  } catch {
    return false;
  }
}
