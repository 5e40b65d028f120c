import { XaigridError } from '@xaigrid/contracts';
import type { GraphNode } from '../graph.js';

/** The error of a node that relevance cannot go through. */
export function noRelevance({ name, op }: Pick<GraphNode, 'name' | 'op'>, reason: string): XaigridError {
  return new XaigridError(
    'OPERATION_UNSUPPORTED',
    `Node "${name}" (${op}) has no rule of layer-wise relevance propagation: ${reason}. Use shap-deep or integrated-gradients.`,
  );
}
