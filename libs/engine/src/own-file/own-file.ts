import type { Tensor } from '@xaigrid/tensor';

/** A model's file as it is, run without the graph that xaigrid makes of it. */
export interface OwnFile {
  /** The library that runs it: `onnxruntime-node 1.30.0`. */
  readonly by: string;
  /**
   * @param sample `[1, ...inputShape]`, channels last
   * @returns the probability of every class
   */
  predict(sample: Tensor): Promise<Float64Array>;
  close(): Promise<void>;
}
