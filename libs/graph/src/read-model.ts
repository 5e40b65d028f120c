import { XaigridError, type LayoutOption } from '@xaigrid/contracts';
import type { OutputOption } from './choose-output.js';
import type { EvaluateConstants } from './folding/constant-part.js';
import { refuseForeignFile } from './foreign-file.js';
import { readKerasHdf5 } from './keras/hdf5.js';
import { looksLikeHdf5 } from './keras/hdf5-signature.js';
import { importKeras } from './keras/import.js';
import { looksLikeZip, readKerasArchive } from './keras/keras-archive.js';
import { readTfjs, tfjsJson, type NamedFile } from './keras/tfjs.js';
import type { Model } from './model.js';
import { importOnnx } from './onnx/import.js';
import type { ModelVariant } from './variants/model-variant.js';

export interface ReadModelOptions {
  /** The model's files; the first is the one the user named, the others are what it refers to (TF.js weight shards). */
  readonly files: readonly NamedFile[];
  /** What messages and the graph call the model. */
  readonly name: string;
  /** The input's size where the file leaves it open, channels last without the batch: `[224, 224, 3]`. */
  readonly inputShape?: readonly number[];
  /** Where the input of an ONNX file has its channels; default `auto`: see `inputLayoutOf`. Keras files say it themselves. */
  readonly layout?: LayoutOption;
  /** Which of the file's outputs is meant, and what its numbers are. Default: see `chooseOutput` and `chooseEnding`. */
  readonly output?: OutputOption;
  /** Whether a sample may be of several classes, where the file's looks deceive. Default: see `chooseEnding`. */
  readonly multiLabel?: boolean;
  /** What is changed of the model; default nothing. */
  readonly variant?: ModelVariant;
  /** Computes what an ONNX file makes of its constants. */
  readonly evaluate: EvaluateConstants;
  /** How long reading HDF5 may take before the file counts as damaged; default 20 s, and half a second more a MiB. */
  readonly hdf5PatienceMs?: number;
}

/**
 * Reads a model of any known format, told apart by content: Keras HDF5, `.keras` archive, TF.js layers model (`model.json`
 * and its weight shards), ONNX (and its files of external weights).
 * @throws MODEL_UNREADABLE, MODEL_UNSUPPORTED, MODEL_NOT_FINITE, SHAPE_MISMATCH for an `inputShape` that does not fit,
 * SPEC_INVALID for an `output` that the file does not have and a `multiLabel` that does not fit it
 */
export async function readModel(options: ReadModelOptions): Promise<Model> {
  const { name } = options;
  try {
    return await read(options);
  } catch (error) {
    if (error instanceof XaigridError) throw new XaigridError(error.code, `Model "${name}": ${error.message}`, { cause: error });
    // A damaged file may say anything, for example a convolution without weights.
    if (error instanceof RangeError || error instanceof TypeError) {
      throw new XaigridError('MODEL_UNREADABLE', `Model "${name}": The file is damaged: it does not describe a model.`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function read(options: ReadModelOptions): Promise<Model> {
  const { files, hdf5PatienceMs: patienceMs } = options;
  const [file] = files;
  if (file === undefined || file.bytes.byteLength === 0) throw new XaigridError('MODEL_UNREADABLE', 'The file is empty.');
  refuseForeignFile(file.bytes);
  const kerasOptions = (): ReadModelOptions => {
    const { layout = 'auto' } = options;
    if (layout === 'auto') return options;
    throw new XaigridError(
      'SPEC_INVALID',
      'Only ONNX files take a layout, because a Keras file says where its channels are. Leave out layout.',
    );
  };
  if (looksLikeHdf5(file.bytes)) return importKeras(await readKerasHdf5(file.bytes, patienceMs), 'keras-hdf5', kerasOptions());
  if (looksLikeZip(file.bytes))
    return importKeras(await readKerasArchive(file.bytes, patienceMs), 'keras-archive', kerasOptions());
  const json = tfjsJson(file.bytes);
  if (json !== undefined) return importKeras(readTfjs(json, files), 'tfjs-layers', kerasOptions());
  return importOnnx(options);
}
