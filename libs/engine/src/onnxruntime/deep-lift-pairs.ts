import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';

/** The attributions of one sample, as means over the references. */
export interface PairAttribution {
  /** m(x, r) ⊙ (x − r), `[...inputShape]` */
  readonly attributions: Float64Array<ArrayBuffer>;
  /** F(x) */
  readonly output: number;
  /** F(r) */
  readonly expected: number;
}

/** DeepLIFT of samples against fixed references. */
export interface Pairs {
  /** @param inputs `[n, ...inputShape]`: few enough samples that their values fit into memory */
  attribute(inputs: Tensor, explained: ExplainedOutputs): Promise<PairAttribution[]>;
  close(): void;
}
