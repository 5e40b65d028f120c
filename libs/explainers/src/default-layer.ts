import { layerNamed, type ModelDescription } from '@xaigrid/engine';
import { sizeOf } from '@xaigrid/tensor';
import { featureLayersOf, noLayer } from './model-layers.js';

/** The default of the parameter `layer` in words. */
export const defaultLayerText =
  'Default: the last convolution; in a vision transformer, what the last attention reads, which is the first layer normalisation of the last block.';

/**
 * The named layer, or else the last convolution with more than one position: behind a global pooling, every map is constant. If
 * attention comes after it, what the last attention reads, the usual layer for vision transformers in pytorch-grad-cam.
 * @param method the method's name in the message
 * @throws LAYER_NOT_FOUND if there is neither
 */
export function layerOrDefault(method: string, layer: string | undefined, model: ModelDescription): string {
  if (layer !== undefined) return layer;
  const usable = featureLayersOf(model);
  const convolution = usable.findLast(({ kind, shape }) => kind.includes('Conv') && sizeOf(shape.slice(0, -1)) > 1);
  const read = model.attention?.findLast(({ reads }) => reads !== undefined)?.reads;
  const tokens = read === undefined ? undefined : usable.find(({ name }) => name === layerNamed(model, read).name);
  const found = [convolution, tokens].filter((one) => one !== undefined).sort((a, b) => usable.indexOf(a) - usable.indexOf(b));
  const last = found.at(-1);
  if (last !== undefined) return last.name;
  throw noLayer({ method, lacking: 'convolution over positions', parameter: 'layer' }, model);
}
