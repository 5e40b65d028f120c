import { unreadableHdf5 } from './hdf5-signature.js';
import { readHdf5 } from './read-hdf5.js';
import { weightsByPath, withRoles, type KerasFile } from './weights.js';

/**
 * Reads a whole model that Keras saved as HDF5: the root's `model_config`, and the weights that `layer_names` and `weight_names`
 * list below `model_weights`.
 * @throws MODEL_UNREADABLE for a damaged file and for one that holds only weights
 */
export async function readKerasHdf5(bytes: Uint8Array, patienceMs?: number): Promise<KerasFile> {
  const { config, kerasVersion, weights } = await readHdf5('model', bytes, patienceMs);
  return {
    topology: parseJson(config),
    kerasVersion,
    definitions: 'keras',
    weightsOf: (layer) => {
      const own = weights.get(layer.path[0]?.name ?? '') ?? [];
      // The weights of a nested model are listed as its own. Those of a layer may have a name that the layer had before.
      return layer.path.length === 1 ? withRoles(own, layer) : weightsByPath(own, layer);
    },
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unreadableHdf5('its model_config is not JSON', error);
  }
}
