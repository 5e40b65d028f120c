import type { Tensor } from '@tensorflow/tfjs';
import type { EngineBackend } from '@xaigrid/contracts';
import { backendNames, type LoadedTensorFlow } from './load-tensorflow.js';
import type { Network } from './network.js';
import { compute, outputOf } from './tensorflow-context.js';
import type { TensorFlow } from './tensorflow-library.js';

/** Kernels the port's methods use besides the model's own. */
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
 * The best backend that has all kernels: a kernel that is missing is only missed when it is called, so each backend is tried with
 * one sample, forward and back. A model without a gradient on any of them gets the first that can at least predict.
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
