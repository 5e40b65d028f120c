import { XaigridError } from '@xaigrid/contracts';
import { layerList, layerNamed, type LayerDescription, type ModelDescription } from '@xaigrid/engine';
import { positionsOfShape } from '@xaigrid/tensor';
import { featureShapeOf } from './token-layers.js';

/**
 * The layer of that name, whose output is feature maps over positions: `[...positions, channels]` with as many positional
 * axes as the model's input. A layer of tokens has the shape of its grid.
 * @throws LAYER_NOT_FOUND, or SHAPE_MISMATCH for a layer without positions.
 */
export function featureLayerOf(model: ModelDescription, name: string): LayerDescription {
  const layer = layerNamed(model, name);
  if (hasFeatureMaps(layer, model)) return asFeatureMaps(layer);
  const tokens =
    layer.attention === true
      ? ', which is attention between tokens'
      : layer.unplaced === true
        ? ', whose positions are not known'
        : '';
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `Layer "${name}" has an output of shape [${layer.shape.join(', ')}]${tokens}, not feature maps over the positions of an input of shape [${model.inputShape.join(', ')}]. Layers with feature maps: ${layerList(featureLayersOf(model))}. (For transformers see docs/models.md.)`,
  );
}

/** All layers that `featureLayerOf` accepts, in the model's order. */
export function featureLayersOf(model: ModelDescription): LayerDescription[] {
  return model.layers.filter((layer) => hasFeatureMaps(layer, model)).map(asFeatureMaps);
}

function asFeatureMaps(layer: LayerDescription): LayerDescription {
  return { ...layer, shape: featureShapeOf(layer) };
}

/** The error of a method that finds no layer by itself. */
export function noLayer(
  { method, lacking, parameter }: { readonly method: string; readonly lacking: string; readonly parameter: string },
  model: ModelDescription,
): XaigridError {
  const usable = featureLayersOf(model);
  const wayOut =
    usable.length === 0
      ? 'None of its layers has feature maps over the positions of the input. Choose a method that needs none, such as occlusion.'
      : `Name "${parameter}". Layers with feature maps: ${layerList(usable)}.`;
  return new XaigridError('LAYER_NOT_FOUND', `The model has no ${lacking} for ${method} to start from. ${wayOut}`);
}

function hasFeatureMaps(layer: LayerDescription, model: ModelDescription): boolean {
  const shape = featureShapeOf(layer);
  return layer.attention !== true && layer.unplaced !== true && shape.length >= 2 && shape.length === model.inputShape.length;
}

/** The number of feature maps of the layer. */
export function channelsOf(layer: Pick<LayerDescription, 'shape'>): number {
  return layer.shape.at(-1) ?? 1;
}

/** The input's positions without its channels: `[40]`, `[224, 224]`; of a table its features. */
export function positionsOf(model: Pick<ModelDescription, 'inputShape'>): readonly number[] {
  return positionsOfShape(model.inputShape);
}
