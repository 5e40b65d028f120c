import {
  STORED_PATHS,
  type DatasetReference,
  type FileReference,
  type ModelReference,
  type StoredInputs,
} from '@xaigrid/contracts';
import type { Store } from '@xaigrid/store';

/** The latest runs are searched, which have what a new run needs most likely. */
const RUNS = 100;

/** Models and data sets of the latest runs, the newest first, of which every file is in the store. */
export async function readStoredInputs({ runs, artifacts }: Pick<Store, 'runs' | 'artifacts'>): Promise<StoredInputs> {
  const models = new Map<string, ModelReference>();
  const datasets = new Map<string, DatasetReference>();
  for (const { id } of await runs.list({ limit: RUNS }))
    for (const { plan } of await runs.evaluations(id)) {
      const { model, dataset } = plan;
      if (!models.has(model.fingerprint)) models.set(model.fingerprint, model);
      const key = JSON.stringify([dataset.fingerprint, dataset.kind, dataset.params]);
      if (!datasets.has(key)) datasets.set(key, dataset);
    }
  const known = new Map<string, boolean>();
  const areStored = async (files: readonly FileReference[]): Promise<boolean> => {
    for (const { sha256 } of files) {
      if (!known.has(sha256)) known.set(sha256, await artifacts.has(sha256));
      if (known.get(sha256) !== true) return false;
    }
    return true;
  };
  const found: StoredInputs = { models: [], datasets: [] };
  for (const model of models.values()) if (await areStored(model.files)) found.models.push(storedModel(model));
  for (const dataset of datasets.values()) if (await areStored(dataset.files)) found.datasets.push(...storedDataset(dataset));
  return found;
}

function storedModel({ name, files, fingerprint, options }: ModelReference): StoredInputs['models'][number] {
  return {
    ...{ name, path: pathOf(fingerprint, files[0]?.name ?? ''), files: withoutPaths(files) },
    ...(options === undefined ? {} : { options }),
  };
}

/** None for a data set that no path names, such as a folder of images, which is stored in packs. */
function storedDataset({ name, kind, params, files, fingerprint, size }: DatasetReference): StoredInputs['datasets'] {
  const names = new Set(files.map((file) => file.name));
  const entry: typeof params = { kind };
  const named = new Set<string>();
  for (const [key, value] of Object.entries(params)) {
    const isFile = typeof value === 'string' && names.has(value);
    if (isFile) named.add(value);
    entry[key] = isFile ? pathOf(fingerprint, value) : value;
  }
  return named.size < names.size ? [] : [{ name, size, entry, files: withoutPaths(files) }];
}

function pathOf(fingerprint: string, name: string): string {
  return `${STORED_PATHS}${fingerprint.slice(0, 12)}/${name}`;
}

function withoutPaths(files: readonly FileReference[]): FileReference[] {
  return files.map(({ name, sha256, size }) => ({ name, sha256, size }));
}
