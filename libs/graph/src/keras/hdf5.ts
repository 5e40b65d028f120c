import { XaigridError } from '@xaigrid/contracts';
import h5wasm, { Dataset, File, FS, Group } from 'h5wasm';
import type { KerasFile, KerasWeight } from './weights.js';

/** The first bytes of every HDF5 file. */
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function looksLikeHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

let fileCount = 0;

/**
 * Reads a whole model saved by Keras 2.x as HDF5: the root's `model_config`, and the weights that `layer_names` and
 * `weight_names` list below `model_weights`.
 * @throws MODEL_UNREADABLE for a damaged file and one that holds weights only
 */
export async function readKerasHdf5(bytes: Uint8Array): Promise<KerasFile> {
  const library = await h5wasm.ready;
  // Otherwise HDF5 prints its stack of errors on the terminal.
  library.activate_throwing_error_handler();
  if (FS === null) throw new XaigridError('INTERNAL', 'The HDF5 library has no file system.');
  // A file in the library's own memory, under a name of its own: two models may be read at the same time.
  const path = `model-${String(++fileCount)}.h5`;
  let file: File | undefined;
  try {
    FS.writeFile(path, bytes);
    file = new File(path, 'r');
    return readFile(file);
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    throw unreadable('it is truncated or damaged', error);
  } finally {
    closeQuietly(file);
    FS.unlink(path);
  }
}

function closeQuietly(file: File | undefined): void {
  try {
    file?.close();
  } catch {
    // A damaged file may refuse to close; what it was opened for has failed already.
  }
}

function unreadable(reason: string, cause?: unknown): XaigridError {
  return new XaigridError('MODEL_UNREADABLE', `The HDF5 model cannot be read: ${reason}.`, { cause });
}

function readFile(file: File): KerasFile {
  const config = file.attrs.model_config?.value;
  if (typeof config !== 'string') {
    throw unreadable('it has no model_config (weights only?); save the whole model with model.save("model.h5")');
  }
  const root = file.get('model_weights');
  if (!(root instanceof Group)) throw unreadable('it has no model_weights');
  const weights = names(root, 'layer_names').flatMap((layer) => layerWeights(root, layer));
  return { topology: parseJson(config), weights };
}

function layerWeights(root: Group, layer: string): KerasWeight[] {
  const group = root.get(layer);
  if (!(group instanceof Group)) throw unreadable(`the weights of layer "${layer}" are missing`);
  return names(group, 'weight_names').map((name) => {
    const dataset = group.get(name);
    if (!(dataset instanceof Dataset)) throw unreadable(`weight "${name}" is missing`);
    return { name, layer, shape: [...(dataset.shape ?? [])], data: floats(name, dataset.value) };
  });
}

function floats(name: string, value: unknown): Float32Array<ArrayBuffer> {
  if (value instanceof Float32Array && value.buffer instanceof ArrayBuffer) return value as Float32Array<ArrayBuffer>;
  if (value instanceof Float32Array || value instanceof Float64Array) return Float32Array.from(value);
  if (typeof value === 'number') return Float32Array.of(value);
  throw unreadable(`weight "${name}" is not float32 or float64`);
}

/** An attribute that lists names; Keras cuts lists beyond 64 KB into `name0`, `name1`, …; an empty one is not of strings. */
function names(group: Group, attribute: string): string[] {
  const { attrs } = group;
  const parts = [attrs[attribute]];
  for (let index = 0; attrs[`${attribute}${String(index)}`] !== undefined; index++)
    parts.push(attrs[`${attribute}${String(index)}`]);
  if (parts.every((part) => part === undefined)) throw unreadable(`"${group.path}" has no ${attribute}`);
  return parts.flatMap((part) => (Array.isArray(part?.value) ? part.value.filter((name) => typeof name === 'string') : []));
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unreadable('its model_config is not JSON', error);
  }
}
