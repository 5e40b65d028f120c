import { Dataset, Group, type File } from 'h5wasm';
import { floats, unreadableHdf5, withHdf5 } from './hdf5-file.js';
import { majorVersion, pathOf, weightsByPath, withRole, type KerasFile, type PathWeight } from './weights.js';

/**
 * Reads a whole model saved by Keras as HDF5: the root's `model_config`, and the weights that `layer_names` and
 * `weight_names` list below `model_weights`.
 * @throws MODEL_UNREADABLE for a damaged file and one that holds weights only
 */
export function readKerasHdf5(bytes: Uint8Array): Promise<KerasFile> {
  return withHdf5(bytes, readFile);
}

function readFile(file: File): KerasFile {
  const config = file.attrs.model_config?.value;
  if (typeof config !== 'string') {
    throw unreadableHdf5('it has no model_config (weights only?); save the whole model with model.save("model.h5")');
  }
  const root = file.get('model_weights');
  if (!(root instanceof Group)) throw unreadableHdf5('it has no model_weights');
  const weights = new Map(names(root, 'layer_names').map((layer) => [layer, layerWeights(root, layer)]));
  return {
    topology: parseJson(config),
    kerasVersion: majorVersion(file.attrs.keras_version?.value),
    weightsOf: (layer) => {
      const own = weights.get(layer.path[0]?.name ?? '') ?? [];
      // A nested model's weights are listed as its own; a layer's may have the name it once had.
      return layer.path.length === 1 ? own.map((weight) => withRole(weight, layer)) : weightsByPath(own, layer);
    },
  };
}

function layerWeights(root: Group, layer: string): PathWeight[] {
  const group = root.get(layer);
  if (!(group instanceof Group)) throw unreadableHdf5(`the weights of layer "${layer}" are missing`);
  return names(group, 'weight_names').flatMap((name) => {
    const dataset = group.get(name);
    if (!(dataset instanceof Dataset)) throw unreadableHdf5(`weight "${name}" is missing`);
    const data = floats(name, dataset.value);
    return data === undefined ? [] : [{ name, path: pathOf(name), shape: [...(dataset.shape ?? [])], data }];
  });
}

/** An attribute that lists names; Keras cuts lists beyond 64 KB into `name0`, `name1`, …; an empty one is not of strings. */
function names(group: Group, attribute: string): string[] {
  const { attrs } = group;
  const parts = [attrs[attribute]];
  for (let index = 0; attrs[`${attribute}${String(index)}`] !== undefined; index++)
    parts.push(attrs[`${attribute}${String(index)}`]);
  if (parts.every((part) => part === undefined)) throw unreadableHdf5(`"${group.path}" has no ${attribute}`);
  return parts.flatMap((part) => (Array.isArray(part?.value) ? part.value.filter((name) => typeof name === 'string') : []));
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unreadableHdf5('its model_config is not JSON', error);
  }
}
