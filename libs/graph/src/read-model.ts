import { XaigridError } from '@xaigrid/contracts';
import { looksLikeHdf5, readKerasHdf5 } from './keras/hdf5.js';
import { importKeras } from './keras/import.js';
import { readTfjs, tfjsJson, type NamedFile } from './keras/tfjs.js';
import type { Model } from './model.js';
import { importOnnx } from './onnx/import.js';

export interface ReadModelOptions {
  /** The model's files; the first is the one the user named, the others are what it refers to (TF.js weight shards). */
  readonly files: readonly NamedFile[];
  /** What messages and the graph call the model. */
  readonly name: string;
}

/**
 * Reads a model of any known format, told apart by content: Keras 2.x HDF5, TF.js layers model (`model.json` and its weight
 * shards), ONNX.
 * @throws MODEL_UNREADABLE, MODEL_UNSUPPORTED, MODEL_NOT_FINITE
 */
export async function readModel({ files, name }: ReadModelOptions): Promise<Model> {
  try {
    return await read(files, name);
  } catch (error) {
    if (error instanceof XaigridError) throw new XaigridError(error.code, `Model "${name}": ${error.message}`, { cause: error });
    // A damaged file may say anything, for example a convolution without weights.
    if (error instanceof RangeError || error instanceof TypeError) {
      throw new XaigridError('MODEL_UNREADABLE', `Model "${name}": The file is damaged; it makes no sense as a model.`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function read(files: readonly NamedFile[], name: string): Promise<Model> {
  const [file] = files;
  if (file === undefined || file.bytes.byteLength === 0) throw new XaigridError('MODEL_UNREADABLE', 'The file is empty.');
  if (looksLikeHdf5(file.bytes)) return importKeras(await readKerasHdf5(file.bytes), 'keras-hdf5', name);
  const json = tfjsJson(file.bytes);
  if (json !== undefined) return importKeras(readTfjs(json, files), 'tfjs-layers', name);
  return importOnnx(file.bytes, name);
}
