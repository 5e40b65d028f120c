import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { featureLayersOf } from './model-layers.js';

/**
 * The layer that was named, else the last convolution.
 * @param method names the method in the message.
 * @throws LAYER_NOT_FOUND when there is no convolution.
 */
export function lastConvolution(method: string, layer: string | undefined, model: ModelDescription): string {
  if (layer !== undefined) return layer;
  const last = featureLayersOf(model).findLast(({ kind }) => kind.includes('Conv'));
  if (last !== undefined) return last.name;
  throw new XaigridError(
    'LAYER_NOT_FOUND',
    `The model has no convolution for ${method} to start from: name "layer". Layers: ${model.layers.map(({ name }) => name).join(', ')}.`,
  );
}
