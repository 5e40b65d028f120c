import type { Tensor } from '@xaigrid/tensor';

/** A model's file as it is, run by something else than the graph that xaigrid makes of it. */
export interface OwnFile {
  /** What runs it: `onnxruntime-node 1.30.0`. */
  readonly by: string;
  /**
   * @param sample `[1, ...inputShape]`, channels last
   * @returns the probability of every class
   */
  predict(sample: Tensor): Promise<Float64Array>;
  close(): Promise<void>;
}
