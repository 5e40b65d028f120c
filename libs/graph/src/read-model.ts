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

/** Which model to read, and what a user says about it. */
export interface ReadModelOptions {
  /**
   * The model's files. The first is the one that the user named; the others are files that it refers to (such as TF.js weight
   * files).
   */
  readonly files: readonly NamedFile[];
  /** The name of the model in messages and in the graph. */
  readonly name: string;
  /** The shape of the input if the file leaves it open, channels last, without the batch: `[224, 224, 3]`. */
  readonly inputShape?: readonly number[];
  /** Where the input of an ONNX file has its channels. Default `auto`: see `inputLayoutOf`. Keras files say it themselves. */
  readonly layout?: LayoutOption;
  /** Which output of the file to use, and what its numbers are. Default: see `chooseOutput` and `chooseEnding`. */
  readonly output?: OutputOption;
  /** Whether a sample may have several classes. Overrules what the file looks like. Default: see `chooseEnding`. */
  readonly multiLabel?: boolean;
  /** A change to the model. Default: none. */
  readonly variant?: ModelVariant;
  /** Computes the parts of an ONNX file that depend only on constants. */
  readonly evaluate: EvaluateConstants;
  /** How long reading HDF5 may take before the file counts as damaged. Default: 20 s, plus half a second per MiB. */
  readonly hdf5PatienceMs?: number;
}

/**
 * Reads a model. The format is detected from the content: Keras HDF5, `.keras` archive, TF.js layers model (`model.json` and its
 * weight files), or ONNX (with its files of external weights).
 * @throws MODEL_UNREADABLE, MODEL_UNSUPPORTED, MODEL_NOT_FINITE; SHAPE_MISMATCH for an `inputShape` that does not fit;
 * SPEC_INVALID for an `output` that the file does not have and a `multiLabel` that does not fit it
 */
export async function readModel(options: ReadModelOptions): Promise<Model> {
  const { name } = options;
  try {
    return await read(options);
  } catch (error) {
    if (error instanceof XaigridError) throw new XaigridError(error.code, `Model "${name}": ${error.message}`, { cause: error });
    // A damaged file may contain anything, for example a convolution without weights.
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
