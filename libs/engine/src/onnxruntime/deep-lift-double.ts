import { toXaigridError } from '@xaigrid/contracts';
import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import { activationBytes } from '../batch-size.js';
import type { PairAttribution, Pairs } from './deep-lift-pairs.js';
import { createWholePairs, type WholePairsOptions } from './deep-lift-whole.js';
import type { OnnxContext } from './onnx-context.js';

/**
 * The limit for one float64 pair: the forward values of both sides, the taps of convolutions and the multipliers, about 32 times
 * the float32 forward pass of one sample. Images of 224 × 224 through a VGG exceed it; they would take minutes per sample.
 */
const PAIR_BYTES = 192 * 2 ** 20;
const BYTES_PER_ACTIVATION_BYTE = 32;

/** DeepLIFT in float64. */
export interface DoubleDeepLift {
  /** Attributes one sample, `[1, ...inputShape]`. Undefined if the model cannot run in float64. */
  attribute(input: Tensor, explained: ExplainedOutputs): Promise<PairAttribution | undefined>;
}

/**
 * DeepLIFT with everything in float64: 60 ms per sample where float32 takes 18 ms (1000 references of the 1-D net). Its graph is
 * built at the first request.
 */
export function createDoubleDeepLift(context: OnnxContext, options: Omit<WholePairsOptions, 'precision'>): DoubleDeepLift {
  let preparing: Promise<Pairs | undefined> | undefined;

  /** Undefined if the model has operations without a DeepLIFT rule or without a float64 kernel. Then only float32 is possible. */
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
