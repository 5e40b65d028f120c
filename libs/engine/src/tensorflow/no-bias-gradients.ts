import { XaigridError } from '@xaigrid/contracts';

/** The error of a request for gradients at biases. */
export function noBiasGradients(): XaigridError {
  return new XaigridError('OPERATION_UNSUPPORTED', 'The engine tensorflow has no gradients at biases. Use engine: onnxruntime.');
}
