import { sizeOf } from '@xaigrid/tensor';
import type { ModelDescription } from './engine.js';

/** The bytes of the float32 activations of all layers in one sample's forward pass. */
export function activationBytes(model: ModelDescription): number {
  let values = sizeOf(model.inputShape);
  for (const layer of model.layers) values += sizeOf(layer.shape);
  return 4 * values;
}

/** The bytes of the largest single activation of one sample. This is what passes from one operation to the next. */
export function largestActivationBytes(model: ModelDescription): number {
  return 4 * Math.max(sizeOf(model.inputShape), ...model.layers.map((layer) => sizeOf(layer.shape)));
}

/**
 * The largest power of two up to `rows`, at least 1. Vector instructions then divide a batch evenly, so that a sample is computed
 * in the same way at every place in the batch.
 */
export function powerOfTwo(rows: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, rows)));
}
