import type { Tensor } from '@xaigrid/tensor';

/** A sample's mean over the references. */
export interface PairAttribution {
  /** m(x, r) ⊙ (x − r), `[...inputShape]` */
  readonly attributions: Float64Array<ArrayBuffer>;
  /** p_c(x) */
  readonly output: number;
  /** p_c(r) */
  readonly expected: number;
}

/** DeepLIFT of samples against references that are already there. */
export interface Pairs {
  /** @param inputs a few samples, whose values fit into memory: `[n, ...inputShape]` */
  attribute(inputs: Tensor, classes: Int32Array): Promise<PairAttribution[]>;
  close(): void;
}
