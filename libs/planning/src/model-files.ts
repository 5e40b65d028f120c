import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';
import {
  fileReferenceOf,
  isSystemError,
  LARGEST_ARTIFACT,
  toXaigridError,
  XaigridError,
  type FileReference,
} from '@xaigrid/contracts';
import { externalFiles } from '@xaigrid/graph';
import { fileFormat } from '@xaigrid/tensor';
import { z } from 'zod';

const manifestSchema = z.object({ weightsManifest: z.array(z.object({ paths: z.array(z.string()) })) });

/**
 * The files of a model, the named one first: one file, a TF.js `model.json` with its weight files, or an ONNX file with the files
 * of its weights. A folder stands for the `model.json` in it.
 * @throws MODEL_UNREADABLE if a file is missing or a weight file is outside the model's folder.
 */
export async function modelFiles(path: string): Promise<FileReference[]> {
  const file = await resolveModelPath(path);
  const names = file.endsWith('.json')
    ? await weightFiles(file)
    : /\.(?:keras|h5|hdf5)$/.test(file)
      ? []
      : await externalWeights(file);
  return Promise.all([
    reference(file, basename(file)),
    ...names.map((name) => reference(join(dirname(file), name), name, basename(file))),
  ]);
}

async function resolveModelPath(path: string): Promise<string> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) throw new XaigridError('MODEL_UNREADABLE', `There is no model file ${path}. Correct the path.`);
  if (status.isDirectory()) return modelInFolder(path);
  if (basename(path) === 'saved_model.pb') throw savedModel(dirname(path));
  if (status.size === 0) throw new XaigridError('MODEL_UNREADABLE', `The model file ${path} is empty.`);
  refuseLarge(path, status);
  return path;
}

/** Refuses a file that Node cannot read in one piece, and no store keeps, before it is read. */
function refuseLarge(path: string, { size }: { readonly size: number }): void {
  if (size < LARGEST_ARTIFACT) return;
  throw new XaigridError(
    'MODEL_UNREADABLE',
    `The model file ${path} has ${(size / 2 ** 30).toFixed(1)} GiB; a file of a model must be smaller than 2 GiB. Larger models are ONNX files with their weights in several files: onnx.save(model, path, save_as_external_data=True, all_tensors_to_one_file=False).`,
  );
}

function savedModel(folder: string): XaigridError {
  return new XaigridError(
    'MODEL_UNREADABLE',
    `${folder} is a TensorFlow SavedModel, which is not supported. Save the model with model.save("model.keras"), or convert it: python -m tf2onnx.convert --saved-model ${folder} --output model.onnx.`,
  );
}

/** The model in a folder, which is a TF.js model. Other formats that are folders are recognised by their content. */
async function modelInFolder(path: string): Promise<string> {
  const names = new Set(await readdir(path));
  if (names.has('model.json')) return join(path, 'model.json');
  if (names.has('saved_model.pb') || names.has('keras_metadata.pb')) throw savedModel(path);
  throw new XaigridError(
    'MODEL_UNREADABLE',
    `${path} is a folder without a TF.js model.json. Name the model file itself: .keras, .h5, model.json or .onnx.`,
  );
}

async function weightFiles(path: string): Promise<string[]> {
  const manifest = manifestSchema.safeParse(await readJson(path));
  if (!manifest.success) {
    throw new XaigridError(
      'MODEL_UNREADABLE',
      `${path} is not a TF.js layers model: it has no weightsManifest. Save the model with tf.LayersModel.save or tensorflowjs_converter.`,
    );
  }
  return manifest.data.weightsManifest.flatMap(({ paths }) => paths.map((name) => insideFolder(path, name)));
}

/**
 * The files of external weights. ONNX models above 2 GB, and all models from PyTorch's newer exporter, have them. None for files
 * that have another name and are not ONNX: `readModel` says what they are.
 */
async function externalWeights(path: string): Promise<string[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('MODEL_UNREADABLE', `The model file ${path} cannot be read: ${reason}.`, { cause: error });
  });
  return filesNamed(bytes, path).map((name) => insideFolder(path, name));
}

function filesNamed(bytes: Uint8Array, path: string): string[] {
  const mayBeAnother = !path.endsWith('.onnx');
  if (mayBeAnother && fileFormat(bytes) !== undefined) return [];
  try {
    return externalFiles(bytes);
  } catch (error) {
    if (mayBeAnother) return [];
    const { code, message } = toXaigridError(error);
    throw new XaigridError(code, `${path}: ${message}`, { cause: error });
  }
}

function insideFolder(path: string, name: string): string {
  const normal = normalize(name);
  if (normal === '.' || isAbsolute(normal) || normal.split(sep)[0] === '..') {
    throw new XaigridError(
      'MODEL_UNREADABLE',
      `${path} names the weight file "${name}" outside its folder. Put the weights beside ${basename(path)}.`,
    );
  }
  return normal;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('MODEL_UNREADABLE', `${path} cannot be read as JSON: ${reason}.`, { cause: error });
  }
}

/** @param of the file that keeps its weights there */
async function reference(path: string, name: string, of?: string): Promise<FileReference> {
  try {
    refuseLarge(path, await stat(path));
    return await fileReferenceOf(path, name);
  } catch (error) {
    if (error instanceof XaigridError) throw error;
    if (of !== undefined && isSystemError(error) && error.code === 'ENOENT') {
      throw new XaigridError('MODEL_UNREADABLE', `There is no file ${path}, which has weights of ${of}. Put it beside ${of}.`, {
        cause: error,
      });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('MODEL_UNREADABLE', `The model file ${path} cannot be read: ${reason}.`, { cause: error });
  }
}
