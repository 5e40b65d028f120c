/** How often a model is run for one sample. */
export interface Passes {
  /** Passes that give outputs or feature maps only. */
  readonly forward: number;
  /** Passes there and back: outputs and the gradient at the input or at layers, or DeepLIFT's multipliers for one reference. */
  readonly gradient: number;
  /** Forward passes before the first sample: each engine makes them once. Left out: none. */
  readonly once?: number;
  /** Only the samples tell how many it takes: these are the most. Left out: exactly these. */
  readonly atMost?: true;
}

/** A method or metric that does not run the model. */
export const noPasses: Passes = { forward: 0, gradient: 0 };
