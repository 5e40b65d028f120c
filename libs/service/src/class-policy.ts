import type { ClassPolicy } from '@xaigrid/contracts';
import { argmaxRows, type Tensor } from '@xaigrid/tensor';

/**
 * The class each sample's map is about, or each sample's metric reads.
 * @param outputs `[n, classes]`; `predicted` is the first largest of a row.
 */
export function classesByPolicy(policy: ClassPolicy, outputs: Tensor, labels: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  if (policy === 'label') return labels;
  if (policy === 'predicted') return argmaxRows(outputs);
  return new Int32Array(labels.length).fill(policy);
}
