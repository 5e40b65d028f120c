import { type Device, XaigridError } from '@xaigrid/contracts';
import { activationBytes, largestActivationBytes, powerOfTwo } from '../batch-size.js';
import type { ModelDescription } from '../engine.js';

/** How many samples go together. */
interface BatchPolicy {
  readonly largest: number;
  /** For what passes from one operation to the next. */
  readonly cacheBytes: number;
  /** For all activations of a forward and backward pass, about twice the forward pass' own. */
  readonly memoryBytes: number;
}

const policies: Readonly<Partial<Record<Device, BatchPolicy>>> = {
  /**
   * What passes from one operation to the next stays within a core's cache. Measured on 2 cores: the report's 1-D net needs 9.8 µs a
   * sample in batches of 16, 7.9 in 128, 8.6 in 1024; VGG-7 at 224² 27 ms a sample in any.
   */
  cpu: { largest: 128, cacheBytes: 2 ** 20, memoryBytes: 192 * 2 ** 20 },
};

/** The devices that ONNX Runtime computes on here: those with a batch policy. */
export const devices = Object.keys(policies) as Device[];

/**
 * @param unrolled bytes that recurrent layers add to one sample's activations
 * @returns samples in one batch, a power of two
 */
export function batchSizeOn(device: Device, description: ModelDescription, unrolled: number): number {
  const policy = policies[device];
  if (policy === undefined) throw new XaigridError('INTERNAL', `ONNX Runtime has no batch policy for the device ${device}.`);
  const { largest, cacheBytes, memoryBytes } = policy;
  const cached = Math.min(largest, Math.floor(cacheBytes / largestActivationBytes(description)));
  const held = Math.floor(memoryBytes / (2 * (activationBytes(description) + unrolled)));
  return powerOfTwo(Math.min(cached, held));
}
