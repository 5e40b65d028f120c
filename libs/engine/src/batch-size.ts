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
