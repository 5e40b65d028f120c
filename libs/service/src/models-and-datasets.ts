import { readFile } from 'node:fs/promises';
import { givenModelOptions, XaigridError, type DatasetReference, type ModelReference } from '@xaigrid/contracts';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { readModel, readModelOnce } from '@xaigrid/engine';
import type { Model, ModelVariant } from '@xaigrid/graph';
import type { FileCache } from './file-cache.js';
import { createLruCache } from './lru-cache.js';
import { modelFingerprint } from './model-fingerprint.js';

/** Opens the data sets and models that tasks refer to, by content, wherever this process runs. */
export interface ModelsAndDatasets {
  /** @throws DATASET_CHANGED when the opened data set is not the one that the run was planned with. */
  dataset(reference: DatasetReference): Promise<Dataset>;
  /** @throws MODEL_CHANGED when the opened model is not the one that the run was planned with. */
  model(reference: ModelReference): Promise<Model>;
  /** A variant of the model. It is not cached. */
  modelVariant(reference: ModelReference, variant: ModelVariant): Promise<Model>;
  close(): Promise<void>;
}

/** Data sets kept open in one process. A run rarely needs more than two: its own and a background. */
const OPEN_DATASETS = 8;
const OPEN_MODELS = 8;

/** Makes the cache of open data sets and models. */
export function createModelsAndDatasets(options: { readonly files: FileCache }): ModelsAndDatasets {
  const datasets = createLruCache<Dataset>(OPEN_DATASETS, (dataset) => dataset.close());
  const models = createLruCache<Model>(OPEN_MODELS, () => Promise.resolve());
  return {
    dataset: (reference) => datasets.get(datasetKey(reference), () => openDataset(reference, options.files)),
    model: (reference) => models.get(reference.fingerprint, () => openModel(reference, options.files)),
    modelVariant: (reference, variant) => readFiles(reference, options.files, { variant }),
    async close() {
      await datasets.close();
      await models.close();
    },
  };
}

/** The same samples with other regions are another open data set. */
function datasetKey({ fingerprint, regionsFingerprint = '' }: DatasetReference): string {
  return `${fingerprint} ${regionsFingerprint}`;
}

async function openDataset(reference: DatasetReference, files: FileCache): Promise<Dataset> {
  const kind = datasetKind(reference.kind);
  const dataset = await kind.open({
    params: kind.params.parse(reference.params),
    files: reference.files,
    filePath: (file) => files.pathOf(file),
  });
  if (dataset.info.fingerprint !== reference.fingerprint) {
    await dataset.close();
    throw changed('DATASET_CHANGED', `Data set "${reference.name}"`, {
      found: dataset.info.fingerprint,
      planned: reference.fingerprint,
    });
  }
  const { regionsFingerprint: found = 'none' } = dataset.info;
  const { regionsFingerprint: planned = 'none' } = reference;
  if (found !== planned) {
    await dataset.close();
    throw changed('DATASET_CHANGED', `The set of regions of data set "${reference.name}"`, { found, planned });
  }
  return dataset;
}

async function openModel(reference: ModelReference, files: FileCache): Promise<Model> {
  const { name } = reference;
  const options = givenModelOptions(reference.options);
  const model = await readModelOnce({ name, files: reference.files, options }, () => readFiles(reference, files));
  const fingerprint = modelFingerprint(model, reference.files, reference.options ?? {});
  if (fingerprint !== reference.fingerprint)
    throw changed('MODEL_CHANGED', `Model "${reference.name}"`, { found: fingerprint, planned: reference.fingerprint });
  return model;
}

async function readFiles(
  { name, files, options }: ModelReference,
  cache: FileCache,
  more: { readonly variant?: ModelVariant } = {},
): Promise<Model> {
  const contents = await Promise.all(
    files.map(async (file) => ({ name: file.name, bytes: await readFile(await cache.pathOf(file)) })),
  );
  return readModel({ files: contents, name, ...givenModelOptions(options), ...more });
}

function changed(
  code: 'DATASET_CHANGED' | 'MODEL_CHANGED',
  what: string,
  { found, planned }: { readonly found: string; readonly planned: string },
): XaigridError {
  return new XaigridError(
    code,
    `${what} has changed since the run was planned: its fingerprint is ${found.slice(0, 12)}, not ${planned.slice(0, 12)}. Use the same version of xaigrid everywhere, or submit the run again.`,
  );
}
