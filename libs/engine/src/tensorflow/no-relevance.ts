import { XaigridError } from '@xaigrid/contracts';

/** The error of a request for relevance. */
export function noRelevance(): XaigridError {
  return new XaigridError(
    'OPERATION_UNSUPPORTED',
    'The engine tensorflow has no layer-wise relevance propagation. Use engine: onnxruntime.',
  );
}
