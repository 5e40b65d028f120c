import type { Tensor } from '@tensorflow/tfjs';
import type { LoadedTensorFlow, TensorFlow, TensorFlowBackend } from './load-tensorflow.js';
import type { Network } from './network.js';
import { compute, outputOf } from './tensorflow-context.js';

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
 * The best backend that has all kernels: several of WebAssembly's gradients are missing (depthwise convolution's, for
 * one), and a kernel is only missed when it is called. So each backend is tried with one sample, forward and back. A
 * model without a gradient on any of them gets the first that can at least predict.
 */
export function chooseBackend(
  { tf, backends }: LoadedTensorFlow,
  network: Network,
  inputShape: readonly number[],
): TensorFlowBackend {
  const predicts = (backend: TensorFlowBackend) => works(tf, backend, inputShape, (x) => outputOf(network.run(x)));
  const differentiates = (backend: TensorFlowBackend) =>
    works(tf, backend, inputShape, (x) => tf.grad((input: Tensor) => tf.sum(outputOf(network.run(input))))(x));
  return backends.find(differentiates) ?? backends.find(predicts) ?? 'cpu';
}

function works(tf: TensorFlow, backend: TensorFlowBackend, inputShape: readonly number[], trial: (x: Tensor) => Tensor): boolean {
  const kernels = new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
  if (ownKernels.some((kernel) => !kernels.has(kernel))) return false;
  try {
    compute({ tf, backend }, () => trial(tf.ones([1, ...inputShape])).dataSync());
    return true;
  } catch {
    return false;
  }
}
