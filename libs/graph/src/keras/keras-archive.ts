import { XaigridError } from '@xaigrid/contracts';
import { unzip } from '@xaigrid/tensor';
import { Dataset, Group, type File } from 'h5wasm';
import { z } from 'zod';
import { floats, looksLikeHdf5, withHdf5 } from './hdf5-file.js';
import type { KerasLayer } from './topology.js';
import { majorVersion, rolesOf, type KerasFile, type KerasWeight } from './weights.js';

const CONFIG = 'config.json';
const METADATA = 'metadata.json';
const WEIGHTS = 'model.weights.h5';

/** Three files, and perhaps an asset or two a layer. */
const MOST_ENTRIES = 10_000;

export function looksLikeZip(bytes: Uint8Array): boolean {
  return [0x50, 0x4b, 0x03, 0x04].every((byte, index) => bytes[index] === byte);
}

const metadataSchema = z.object({ keras_version: z.string() });

/** What a `.keras` archive has for one layer: its numbered weights, and its name where the writer noted it. */
interface Stored {
  readonly name: string | undefined;
  readonly weights: readonly Omit<KerasWeight, 'role'>[];
  /** The layers of a nested model, by what the archive calls them. */
  readonly layers: ReadonlyMap<string, Stored>;
}

/**
 * Reads a `.keras` archive (Keras 3, and TensorFlow's Keras from 2.12 on): a zip of `config.json`, `metadata.json` and
 * `model.weights.h5`, where a layer's weights are `layers/LAYER/vars/0`, `1`, …
 * @throws MODEL_UNREADABLE
 */
export async function readKerasArchive(bytes: Uint8Array): Promise<KerasFile> {
  const files = unzip(bytes, {
    names: [CONFIG, METADATA, WEIGHTS],
    mostEntries: MOST_ENTRIES,
    failure: (reason, cause) => new XaigridError('MODEL_UNREADABLE', `The .keras archive cannot be read: ${reason}.`, { cause }),
  });
  const weights = files.get(WEIGHTS);
  if (weights === undefined || !looksLikeHdf5(weights)) {
    throw new XaigridError(
      'MODEL_UNREADABLE',
      `The archive has no ${WEIGHTS}. Save the whole model with model.save("model.keras").`,
    );
  }
  const root = await withHdf5(weights, (file) => readGroup(file, ''));
  const metadata = metadataSchema.safeParse(json(files, METADATA));
  return {
    topology: json(files, CONFIG),
    kerasVersion: metadata.success ? majorVersion(metadata.data.keras_version) : 3,
    weightsOf: (layer) => weightsIn(root, layer),
  };
}

function json(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  const bytes = files.get(name);
  if (bytes === undefined) throw new XaigridError('MODEL_UNREADABLE', `The archive has no ${name}; it is not a Keras model.`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new XaigridError('MODEL_UNREADABLE', `The archive's ${name} is not JSON.`, { cause: error });
  }
}

/** A group of layers is called `layers`; TensorFlow 2.12 and 2.13 called it by a name of theirs. */
const containers = ['layers', '_layer_checkpoint_dependencies'];

function readGroup(group: File | Group, path: string): Stored {
  const vars = group.get('vars');
  const list = containers.map((name) => group.get(name)).find((found) => found instanceof Group);
  const layers = list instanceof Group ? list.keys() : [];
  const name = vars instanceof Group ? vars.attrs.name?.value : undefined;
  return {
    name: typeof name === 'string' ? name : undefined,
    weights: vars instanceof Group ? readWeights(vars, path) : [],
    layers: new Map(
      layers.flatMap((key) => {
        const own = list instanceof Group ? list.get(key) : undefined;
        return own instanceof Group ? [[key, readGroup(own, `${path}layers/${key}/`)] as const] : [];
      }),
    ),
  };
}

function readWeights(vars: Group, path: string): Omit<KerasWeight, 'role'>[] {
  const keys = vars.keys().toSorted((a, b) => Number(a) - Number(b));
  return keys.flatMap((key) => {
    const dataset = vars.get(key);
    const name = `${path}vars/${key}`;
    const data = dataset instanceof Dataset ? floats(name, dataset.value) : undefined;
    return dataset instanceof Dataset && data !== undefined ? [{ name, shape: [...(dataset.shape ?? [])], data }] : [];
  });
}

/** Newer archives note each layer's name; older ones only count the layers of a class. */
function weightsIn(root: Stored, layer: KerasLayer): KerasWeight[] {
  let here: Stored | undefined = root;
  for (const { name, stored } of layer.path) {
    const layers: ReadonlyMap<string, Stored> = here.layers;
    here = [...layers.values()].find((own) => own.name === name) ?? layers.get(stored);
    if (here === undefined) return [];
  }
  const roles = rolesOf(layer);
  return here.weights.map((weight, index) => ({ ...weight, role: roles[index] ?? String(index) }));
}
