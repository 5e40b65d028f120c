import { sizeOf } from '@xaigrid/tensor';
import type { ModelDescription } from './engine.js';

/** Bytes of float32 activations that one sample's forward pass makes, all layers together. */
export function activationBytes(model: ModelDescription): number {
  let values = sizeOf(model.inputShape);
  for (const layer of model.layers) values += sizeOf(layer.shape);
  return 4 * values;
}

/** Bytes of the largest single activation of one sample: what passes from one operation to the next. */
export function largestActivationBytes(model: ModelDescription): number {
  return 4 * Math.max(sizeOf(model.inputShape), ...model.layers.map((layer) => sizeOf(layer.shape)));
}

/**
 * The largest power of two up to `rows`, at least 1: vector instructions then have no rest to treat otherwise, wherever in
 * the batch a sample lies.
 */
export function powerOfTwo(rows: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, rows)));
}
