import type { Tensor } from '@tensorflow/tfjs';

/** A layer, or the activation separated from one, applied to the results of earlier steps. */
export interface Step {
  /** The name of the layer whose output this result is, if it is one. */
  readonly output?: string;
  /** Keras class: `Conv1D`, `MaxPooling2D`, `Activation`, ... */
  readonly kind: string;
  /** For an `Activation`, and a `ReLU` without options: its Keras name. */
  readonly activation?: string;
  /** Indices of earlier steps. */
  readonly inputs: readonly number[];
  apply(inputs: readonly Tensor[]): Tensor;
}
