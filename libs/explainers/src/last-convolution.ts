import type { ModelDescription } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';
import { featureLayersOf, noLayer } from './model-layers.js';

/**
 * The named layer, or else the last convolution with more than one position. Behind a global pooling, every map is constant.
 * @param method the method's name in the message
 * @throws LAYER_NOT_FOUND if there is no convolution
 */
export function lastConvolution(method: string, layer: string | undefined, model: ModelDescription): string {
  if (layer !== undefined) return layer;
  const last = featureLayersOf(model).findLast(({ kind, shape }) => kind.includes('Conv') && sizeOf(shape.slice(0, -1)) > 1);
  if (last !== undefined) return last.name;
  throw noLayer({ method, lacking: 'convolution over positions', parameter: 'layer' }, model);
}
