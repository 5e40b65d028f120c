/** How many times the model runs for one sample. */
export interface Passes {
  /** Passes that only give outputs or feature maps. */
  readonly forward: number;
  /** Passes forward and back: outputs and the gradient at the input or at layers, or DeepLIFT's multipliers for one reference. */
  readonly gradient: number;
  /** Forward passes before the first sample, once per engine. Absent: none. */
  readonly once?: number;
  /** Whether these numbers are upper bounds, because the real ones depend on the samples. Absent: they are exact. */
  readonly atMost?: true;
}

/** A method or metric that does not run the model. */
export const noPasses: Passes = { forward: 0, gradient: 0 };
