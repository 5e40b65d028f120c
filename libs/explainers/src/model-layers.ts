import { XaigridError } from '@xaigrid/contracts';
import { layerNamed, type LayerDescription, type ModelDescription } from '@xaigrid/engine';

/**
 * The layer of that name, whose output is feature maps over positions: `[...positions, channels]` with as many positional
 * axes as the model's input.
 * @throws LAYER_NOT_FOUND, or SHAPE_MISMATCH for a layer without positions.
 */
export function featureLayerOf(model: ModelDescription, name: string): LayerDescription {
  const layer = layerNamed(model, name);
  if (hasFeatureMaps(layer, model)) return layer;
  const usable = featureLayersOf(model).map((candidate) => candidate.name);
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `Layer "${name}" has an output of shape [${layer.shape.join(', ')}], not feature maps over the positions of an input of shape [${model.inputShape.join(', ')}]. Layers with feature maps: ${usable.join(', ') || 'none'}.`,
  );
}

/** All layers that `featureLayerOf` accepts, in the model's order. */
export function featureLayersOf(model: ModelDescription): LayerDescription[] {
  return model.layers.filter((layer) => hasFeatureMaps(layer, model));
}

function hasFeatureMaps(layer: LayerDescription, model: ModelDescription): boolean {
  return layer.shape.length >= 2 && layer.shape.length === model.inputShape.length;
}

/** Feature maps of the layer. */
export function channelsOf(layer: Pick<LayerDescription, 'shape'>): number {
  return layer.shape.at(-1) ?? 1;
}

/** The input's positions without its channels: `[40]`, `[224, 224]`. */
export function positionsOf(model: Pick<ModelDescription, 'inputShape'>): readonly number[] {
  return model.inputShape.slice(0, -1);
}
