import { toXaigridError } from '@xaigrid/contracts';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import { activationBytes } from '../batch-size.js';
import type { PairAttribution, Pairs } from './deep-lift-pairs.js';
import { createWholePairs, type WholePairsOptions } from './deep-lift-whole.js';
import type { OnnxContext } from './onnx-context.js';

/**
 * A float64 pair: forward values of both sides, the convolutions' taps and multipliers, about 32 times the float32 forward
 * pass of one. Images of 224 × 224 through a VGG are beyond it, and minutes a sample.
 */
const PAIR_BYTES = 192 * 2 ** 20;
const BYTES_PER_ACTIVATION_BYTE = 32;

export interface DoubleDeepLift {
  /** Of one sample, `[1, ...inputShape]`; undefined when the model cannot be run in float64. */
  attribute(input: Tensor, explained: ExplainedOutputs): Promise<PairAttribution | undefined>;
}

/** DeepLIFT with everything in float64: 60 ms a sample where float32 takes 18 (1000 references of the 1-D net). Built when first asked. */
export function createDoubleDeepLift(context: OnnxContext, options: Omit<WholePairsOptions, 'precision'>): DoubleDeepLift {
  let preparing: Promise<Pairs | undefined> | undefined;

  /** Undefined where the model has operations without a DeepLIFT rule or a kernel for float64: float32 is then all there is. */
  async function prepare(): Promise<Pairs | undefined> {
    const rows = Math.floor(PAIR_BYTES / (BYTES_PER_ACTIVATION_BYTE * activationBytes(context.description)));
    if (options.blocks.some((block) => block.rows > rows)) return undefined;
    try {
      return await createWholePairs(context, { ...options, precision: 'double' });
    } catch (error) {
      if (['OPERATION_UNSUPPORTED', 'ENGINE_FAILED'].includes(toXaigridError(error).code)) return undefined;
      throw error;
    }
  }

  return {
    async attribute(input, explained) {
      preparing ??= prepare();
      const [found] = (await (await preparing)?.attribute(input, explained)) ?? [];
      return found;
    },
  };
}
