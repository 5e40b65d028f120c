import { XaigridError } from '@xaigrid/contracts';
import { unzip } from '@xaigrid/tensor';
import { z } from 'zod';
import { looksLikeHdf5 } from './hdf5-signature.js';
import type { StoredLayer } from './hdf5-layouts.js';
import { readHdf5 } from './read-hdf5.js';
import { majorVersion, rolesOf, type KerasFile, type KerasWeight } from './weights.js';
import type { KerasLayer } from './keras-layer.js';

const CONFIG = 'config.json';
const METADATA = 'metadata.json';
const WEIGHTS = 'model.weights.h5';

/** An archive has three files, and perhaps one or two assets per layer. */
const MOST_ENTRIES = 10_000;

export function looksLikeZip(bytes: Uint8Array): boolean {
  return [0x50, 0x4b, 0x03, 0x04].every((byte, index) => bytes[index] === byte);
}

const metadataSchema = z.object({ keras_version: z.string() });

/**
 * Reads a `.keras` archive (Keras 3, and TensorFlow's Keras from 2.12 on): a zip of `config.json`, `metadata.json` and
 * `model.weights.h5`. In the latter, the weights of a layer are `layers/LAYER/vars/0`, `1`, …
 * @throws MODEL_UNREADABLE
 */
export async function readKerasArchive(bytes: Uint8Array, patienceMs?: number): Promise<KerasFile> {
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
  const root = await readHdf5('archive', weights, patienceMs);
  const metadata = metadataSchema.safeParse(json(files, METADATA));
  return {
    topology: json(files, CONFIG),
    kerasVersion: metadata.success ? majorVersion(metadata.data.keras_version) : 3,
    definitions: 'keras',
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

/** Newer archives note the name of each layer; older ones only count the layers of a class. */
function weightsIn(root: StoredLayer, layer: KerasLayer): KerasWeight[] {
  let here: StoredLayer | undefined = root;
  for (const { name, stored } of layer.path) {
    const layers: ReadonlyMap<string, StoredLayer> = here.layers;
    // A model that a layer wraps is a part of that layer.
    here = [...layers.values()].find((own) => own.name === name) ?? layers.get(stored) ?? here.parts.get(stored);
    if (here === undefined) return [];
  }
  return weightsOfGroup(here, rolesOf(layer), '');
}

/** The weights of a group and of the groups of its parts, numbered in each. The name of a part may start with an underscore. */
function weightsOfGroup(group: StoredLayer, roles: readonly string[], path: string): KerasWeight[] {
  const own = roles.filter((role) => role.startsWith(path) && !role.slice(path.length).includes('/'));
  const inner = roles.flatMap((role) => (role.startsWith(path) ? (/^([^/]+)\//.exec(role.slice(path.length))?.[1] ?? []) : []));
  return [
    ...group.weights.map((weight, index) => ({ ...weight, role: own[index] ?? `${path}${String(index)}` })),
    ...[...new Set(inner)].flatMap((part) => {
      const found = group.parts.get(part) ?? group.parts.get(`_${part}`);
      return found === undefined ? [] : weightsOfGroup(found, roles, `${path}${part}/`);
    }),
  ];
}
