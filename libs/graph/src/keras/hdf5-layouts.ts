import { Dataset, Group, type File } from 'h5wasm';
import { floats } from './hdf5-file.js';
import { unreadableHdf5 } from './hdf5-signature.js';
import { majorVersion, pathOf, type KerasWeight, type PathWeight } from './weights.js';

/** A model that Keras saved as HDF5: the root's `model_config`, and the weights of every layer in `layer_names`. */
interface ModelContents {
  readonly config: string;
  readonly kerasVersion: 2 | 3;
  readonly weights: ReadonlyMap<string, readonly PathWeight[]>;
}

/** One layer in the HDF5 file of a `.keras` archive: its numbered weights, and its name if the writer noted it. */
export interface StoredLayer {
  readonly name: string | undefined;
  readonly weights: readonly Omit<KerasWeight, 'role'>[];
  /** The layers of a nested model, by their names in the archive. */
  readonly layers: ReadonlyMap<string, StoredLayer>;
  /** The parts of the layer, by their names in it: `cell`, `forward_layer`, `query_dense`. */
  readonly parts: ReadonlyMap<string, StoredLayer>;
}

/** The two ways in which Keras uses HDF5, with the contents that are read: plain data, which can leave the thread. */
export interface Hdf5Contents {
  readonly model: ModelContents;
  readonly archive: StoredLayer;
}

export const layouts: { readonly [Layout in keyof Hdf5Contents]: (file: File, fileBytes: number) => Hdf5Contents[Layout] } = {
  model: readModelFile,
  archive: (file, fileBytes) => readGroup(file, '', fileBytes, 0),
};

function readModelFile(file: File, fileBytes: number): ModelContents {
  const config = file.attrs.model_config?.value;
  if (typeof config !== 'string') {
    throw unreadableHdf5('it has no model_config (weights only?); save the whole model with model.save("model.h5")');
  }
  const root = file.get('model_weights');
  if (!(root instanceof Group)) throw unreadableHdf5('it has no model_weights');
  return {
    config,
    kerasVersion: majorVersion(file.attrs.keras_version?.value),
    weights: new Map(names(root, 'layer_names').map((layer) => [layer, layerWeights(root, layer, fileBytes)])),
  };
}

function layerWeights(root: Group, layer: string, fileBytes: number): PathWeight[] {
  const group = root.get(layer);
  if (!(group instanceof Group)) throw unreadableHdf5(`the weights of layer "${layer}" are missing`);
  return names(group, 'weight_names').flatMap((name) => {
    const dataset = group.get(name);
    if (!(dataset instanceof Dataset)) throw unreadableHdf5(`weight "${name}" is missing`);
    const data = floats(name, valueOf(name, dataset, fileBytes));
    return data === undefined ? [] : [{ name, path: pathOf(name), shape: [...(dataset.shape ?? [])], data }];
  });
}

/** An attribute that lists names. Keras splits lists beyond 64 KB into `name0`, `name1`, …; an empty list has another type. */
function names(group: Group, attribute: string): string[] {
  const { attrs } = group;
  const parts = [attrs[attribute]];
  for (let index = 0; attrs[`${attribute}${String(index)}`] !== undefined; index++)
    parts.push(attrs[`${attribute}${String(index)}`]);
  if (parts.every((part) => part === undefined)) throw unreadableHdf5(`"${group.path}" has no ${attribute}`);
  return parts.flatMap((part) => (Array.isArray(part?.value) ? part.value.filter((name) => typeof name === 'string') : []));
}

/** The name of a group of layers: `layers`, or another one in TensorFlow 2.12 and 2.13. */
const containers = ['layers', '_layer_checkpoint_dependencies'];

/** Models nest two or three deep. In a damaged file a group may contain itself. */
const MAX_DEPTH = 32;

function readGroup(group: File | Group, path: string, fileBytes: number, depth: number): StoredLayer {
  if (depth > MAX_DEPTH) throw unreadableHdf5(`its models are nested more than ${String(MAX_DEPTH)} deep`);
  const vars = group.get('vars');
  const list = containers.map((name) => group.get(name)).find((found) => found instanceof Group);
  const layers = list instanceof Group ? list.keys() : [];
  const name = vars instanceof Group ? vars.attrs.name?.value : undefined;
  return {
    name: typeof name === 'string' ? name : undefined,
    weights: vars instanceof Group ? readWeights(vars, path, fileBytes) : [],
    layers: new Map(
      layers.flatMap((key) => {
        const own = list instanceof Group ? list.get(key) : undefined;
        return own instanceof Group ? [[key, readGroup(own, `${path}layers/${key}/`, fileBytes, depth + 1)] as const] : [];
      }),
    ),
    parts: new Map(
      group.keys().flatMap((key) => {
        const own = key === 'vars' || containers.includes(key) ? undefined : group.get(key);
        return own instanceof Group ? [[key, readGroup(own, `${path}${key}/`, fileBytes, depth + 1)] as const] : [];
      }),
    ),
  };
}

function readWeights(vars: Group, path: string, fileBytes: number): Omit<KerasWeight, 'role'>[] {
  const keys = vars.keys().toSorted((a, b) => Number(a) - Number(b));
  return keys.flatMap((key) => {
    const dataset = vars.get(key);
    const name = `${path}vars/${key}`;
    const data = dataset instanceof Dataset ? floats(name, valueOf(name, dataset, fileBytes)) : undefined;
    return dataset instanceof Dataset && data !== undefined ? [{ name, shape: [...(dataset.shape ?? [])], data }] : [];
  });
}

/** Compressed data sets use deflate, which packs at most 1032 to 1. */
const TIGHTEST = 1032;

/** The values of a data set, if it claims no more than its file can hold. */
function valueOf(name: string, dataset: Dataset, fileBytes: number): unknown {
  const { size, total_size: count } = dataset.metadata;
  if (size * count > fileBytes * TIGHTEST)
    throw unreadableHdf5(`weight "${name}" claims ${String(size * count)} bytes, more than the file can hold`);
  return dataset.value;
}
