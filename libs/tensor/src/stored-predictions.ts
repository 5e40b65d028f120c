import type { LabelSet } from '@xaigrid/contracts';
import type { Tensor } from './tensor.js';

/** The model's outputs on some samples, as far as they are stored. */
export interface StoredPredictions {
  /** Ascending; samples without a stored prediction are left out. */
  readonly sampleIndices: Int32Array<ArrayBuffer>;
  /** −1 where samples have sets of labels. */
  readonly labels: Int32Array<ArrayBuffer>;
  readonly labelSets?: readonly LabelSet[];
  /** `[samples, classes]`; without samples `[0, 0]` */
  readonly outputs: Tensor;
}
