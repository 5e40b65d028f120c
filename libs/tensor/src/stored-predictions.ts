import type { LabelSet } from '@xaigrid/contracts';
import type { Tensor } from './tensor.js';

/** The stored outputs of the model on some samples. */
export interface StoredPredictions {
  /** The samples, ascending. Samples without a stored prediction are left out. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  /** The label of each sample; −1 if samples have sets of labels. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly labelSets?: readonly LabelSet[];
  /** `[samples, classes]`; `[0, 0]` if there are no samples. */
  readonly outputs: Tensor;
}
