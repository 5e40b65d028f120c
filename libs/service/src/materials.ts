import { readFile } from 'node:fs/promises';
import { XaigridError, type DatasetReference, type ModelOptions, type ModelReference } from '@xaigrid/contracts';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { readModel, type Model } from '@xaigrid/graph';
import type { FileCache } from './file-cache.js';
import { keepRecent } from './recent.js';

/** Opens what tasks refer to: data sets and models by content, wherever this process runs. */
export interface Materials {
  /** Throws DATASET_CHANGED when what was opened is not what the run was planned with. */
  dataset(reference: DatasetReference): Promise<Dataset>;
  model(reference: ModelReference): Promise<Model>;
  close(): Promise<void>;
}

/** Data sets open at a time in one process; a run rarely touches more than two (its own and a background). */
const OPEN_DATASETS = 8;
const OPEN_MODELS = 8;

export function createMaterials(options: { readonly files: FileCache }): Materials {
  const datasets = keepRecent<Dataset>(OPEN_DATASETS, (dataset) => dataset.close());
  const models = keepRecent<Model>(OPEN_MODELS, () => Promise.resolve());
  return {
    dataset: (reference) => datasets.get(reference.fingerprint, () => openDataset(reference, options.files)),
    model: (reference) => models.get(reference.fingerprint, () => openModel(reference, options.files)),
    async close() {
      await datasets.close();
      await models.close();
    },
  };
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
    throw new XaigridError(
      'DATASET_CHANGED',
      `Data set "${reference.name}" is not what the run was planned with: its fingerprint is ${dataset.info.fingerprint.slice(0, 12)}, not ${reference.fingerprint.slice(0, 12)}. Use the same version of xaigrid everywhere, or submit the run again.`,
    );
  }
  return dataset;
}

/** Options that are there. */
function given({ inputShape, output }: ModelOptions = {}) {
  return { ...(inputShape === undefined ? {} : { inputShape }), ...(output === undefined ? {} : { output }) };
}

async function openModel(reference: ModelReference, files: FileCache): Promise<Model> {
  const contents = await Promise.all(
    reference.files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await readFile(await files.pathOf(file))) })),
  );
  return readModel({ files: contents, name: reference.name, ...given(reference.options) });
}
