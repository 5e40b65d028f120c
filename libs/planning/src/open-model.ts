import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { givenModelOptions, XaigridError, type FileReference, type ModelOptions, type SpecModel } from '@xaigrid/contracts';
import { checkModel, readModel, readModelOnce, type ModelCheck } from '@xaigrid/engine';
import { inspectModel, type Model, type ModelInspection } from '@xaigrid/graph';
import { modelFiles } from './model-files.js';

export interface OpenedModel {
  readonly files: FileReference[];
  readonly model: Model;
  /** The options that the spec gives. */
  readonly options: ModelOptions;
}

/**
 * Reads a model and the files that it refers to.
 * @throws MODEL_UNREADABLE, and the errors of `readModel`
 */
export async function openModel(name: string, { path, ...said }: SpecModel, baseFolder: string): Promise<OpenedModel> {
  const files = await modelFiles(resolve(baseFolder, path));
  const options = givenModelOptions(said);
  const model = await readModelOnce({ name, files, options }, async () => {
    const contents = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await contentOf(file) })));
    return readModel({ files: contents, name, ...options });
  });
  return { files, options, model };
}

/** What `xaigrid inspect` shows of a model: its parts, and a check on a few random samples. */
export type InspectedModel = ModelInspection & Partial<ModelCheck>;

export interface OpenedForInspection {
  readonly inspection: ModelInspection;
  /**
   * Runs the model.
   * @throws the errors of the engine if it cannot run it
   */
  readonly check: () => Promise<ModelCheck>;
}

/**
 * Opens a model for `xaigrid inspect`.
 * @throws the errors of `openModel`
 */
export async function inspectModelFile(entry: SpecModel, baseFolder: string): Promise<OpenedForInspection> {
  const { model } = await openModel(entry.path, entry, baseFolder);
  const path = resolve(baseFolder, entry.path);
  return {
    inspection: inspectModel(model),
    check: () => checkModel({ model, path, engine: 'onnxruntime', derivative: true }),
  };
}

async function contentOf({ path, name }: FileReference): Promise<Uint8Array> {
  if (path === undefined) throw new TypeError(`${name} was planned without a path.`);
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new XaigridError('MODEL_UNREADABLE', `The model file ${path} cannot be read: ${reason}.`, { cause: error });
  }
}
