import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';

/** A sample's mean over the references. */
export interface PairAttribution {
  /** m(x, r) ⊙ (x − r), `[...inputShape]` */
  readonly attributions: Float64Array<ArrayBuffer>;
  /** F(x) */
  readonly output: number;
  /** F(r) */
  readonly expected: number;
}

/** DeepLIFT of samples against references that are already there. */
export interface Pairs {
  /** @param inputs a few samples, whose values fit into memory: `[n, ...inputShape]` */
  attribute(inputs: Tensor, explained: ExplainedOutputs): Promise<PairAttribution[]>;
  close(): void;
}
