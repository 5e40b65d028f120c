import type { Tensor } from '@tensorflow/tfjs';

/** One layer, or the activation taken out of one, applied to the results of earlier steps. */
export interface Step {
  /** The layer's name when the result is that layer's output. */
  readonly output?: string;
  /** Keras class: `Conv1D`, `MaxPooling2D`, `Activation`, ... */
  readonly kind: string;
  /** Of an `Activation`: its Keras name. */
  readonly activation?: string;
  /** Indices of earlier steps. */
  readonly inputs: readonly number[];
  apply(inputs: readonly Tensor[]): Tensor;
}
