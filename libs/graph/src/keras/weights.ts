import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { isFinite32 } from '../constants.js';

/** A weight as Keras stores it, for example `conv1d/kernel:0`, `[kernel, in, out]`. */
export interface KerasWeight {
  readonly name: string;
  readonly layer: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** What a Keras file holds, whatever its format. */
export interface KerasFile {
  /** The `model_config` JSON, unchecked. */
  readonly topology: unknown;
  readonly weights: readonly KerasWeight[];
}

/**
 * @throws MODEL_UNREADABLE when a weight does not fill its shape
 * @throws MODEL_NOT_FINITE naming the weight that has a NaN or an infinity
 */
export function checkWeights(weights: readonly KerasWeight[]): void {
  for (const { name, shape, data } of weights) {
    if (data.length !== sizeOf(shape)) {
      throw new XaigridError(
        'MODEL_UNREADABLE',
        `Weight "${name}" has ${data.length} values where its shape [${shape.join(', ')}] needs ${sizeOf(shape)}.`,
      );
    }
    if (!isFinite32(data)) {
      throw new XaigridError(
        'MODEL_NOT_FINITE',
        `Weight "${name}" has values that are NaN or infinite; the model cannot be evaluated. Train it again.`,
      );
    }
  }
}

/** `conv1d/kernel:0` → `kernel`. */
export function roleOf(name: string): string {
  return (name.split('/').at(-1) ?? name).replace(/:\d+$/, '');
}
