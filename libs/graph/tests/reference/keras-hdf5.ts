import h5wasm, { File, FS } from 'h5wasm';
import type { ModelFixture } from './keras-models.js';

let count = 0;

/**
 * The fixture as an HDF5 file in the layout of Keras 2.4's `model.save("model.h5")`: attributes `keras_version`, `backend`
 * and `model_config` at the root, `model_weights` with `layer_names`, a group a layer with `weight_names`, and each weight as
 * `<layer>/<layer>/<role>:0`; an empty `weight_names` is an empty array of float64.
 */
export async function hdf5Bytes({ topology, weights, layerNames }: ModelFixture): Promise<Uint8Array> {
  await h5wasm.ready;
  const path = `fixture-${String(++count)}.h5`;
  const file = new File(path, 'w');
  file.create_attribute('keras_version', '2.4.0');
  file.create_attribute('backend', 'tensorflow');
  file.create_attribute('model_config', JSON.stringify(topology));
  const root = file.create_group('model_weights');
  root.create_attribute('layer_names', [...layerNames]);
  for (const layer of layerNames) {
    const group = root.create_group(layer);
    const own = weights.filter(({ name }) => name.startsWith(`${layer}/`));
    if (own.length === 0) group.create_attribute('weight_names', new Float64Array(), [0], '<d');
    else
      group.create_attribute(
        'weight_names',
        own.map(({ name }) => name),
      );
    if (own.length > 0) group.create_group(layer);
    for (const { name, shape, data } of own) group.create_dataset({ name, data, shape: [...shape] });
  }
  file.close();
  const bytes = Uint8Array.from(FS?.readFile(path) ?? []);
  FS?.unlink(path);
  return bytes;
}
