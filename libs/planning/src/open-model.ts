import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { givenModelOptions, XaigridError, type FileReference, type ModelOptions, type SpecModel } from '@xaigrid/contracts';
import { checkModel, readModel, readModelOnce, type ModelCheck } from '@xaigrid/engine';
import { inspectModel, type Model, type ModelInspection } from '@xaigrid/graph';
import { modelFiles } from './model-files.js';

export interface OpenedModel {
  readonly files: FileReference[];
  readonly model: Model;
  /** Those that were given. */
  readonly options: ModelOptions;
}

/** Reads a model and the files it refers to. @throws MODEL_UNREADABLE and what `readModel` throws */
export async function openModel(name: string, { path, ...said }: SpecModel, baseFolder: string): Promise<OpenedModel> {
  const files = await modelFiles(resolve(baseFolder, path));
  const options = givenModelOptions(said);
  const model = await readModelOnce({ name, files, options }, async () => {
    const contents = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await contentOf(file) })));
    return readModel({ files: contents, name, ...options });
  });
  return { files, options, model };
}

/** What `xaigrid inspect` shows of a model: what it consists of, and how it does on a few random samples. */
export type InspectedModel = ModelInspection & Partial<ModelCheck>;

export interface OpenedForInspection {
  readonly inspection: ModelInspection;
  /** Runs it. @throws what the engine throws where it cannot */
  readonly check: () => Promise<ModelCheck>;
}

/** @throws what `openModel` throws */
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
