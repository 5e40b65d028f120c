import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sha256, type DatasetReference, type FileReference, type ModelReference, type SpecDataset } from '@xaigrid/contracts';
import { datasetKind } from '@xaigrid/datasets';
import { describeModel, type ModelDescription } from '@xaigrid/engine';
import { readModel } from '@xaigrid/graph';
import { z } from 'zod';
import { modelFiles } from './model-files.js';

const jsonRecord = z.record(z.string(), z.json());

/** Opens a data set of the spec once, to know its fingerprint, size and shape. */
export async function referenceDataset(
  name: string,
  entry: SpecDataset,
  baseFolder: string,
  signal?: AbortSignal,
): Promise<DatasetReference> {
  const kind = datasetKind(entry.kind);
  const files = await kind.files(entry.params, baseFolder);
  const dataset = await kind.open({
    params: entry.params,
    files,
    filePath: (file) => Promise.resolve(plannedPath(file)),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const { fingerprint, size, sampleShape, classNames, regions = false } = dataset.info;
    return {
      ...{ name, kind: entry.kind, files, fingerprint, size },
      params: jsonRecord.parse(kind.portable(entry.params)),
      sampleShape: [...sampleShape],
      classNames: [...classNames],
      ...(regions ? { regions } : {}),
    };
  } finally {
    await dataset.close();
  }
}

function plannedPath(file: FileReference): string {
  if (file.path === undefined) throw new TypeError(`${file.name} was planned without a path.`);
  return file.path;
}

/** Reads a model of the spec once, to know that it can be executed and what it looks like. */
export async function referenceModel(
  name: string,
  path: string,
  baseFolder: string,
): Promise<{ readonly reference: ModelReference; readonly description: ModelDescription }> {
  const files = await modelFiles(resolve(baseFolder, path));
  const contents = await Promise.all(
    files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await readFile(plannedPath(file))) })),
  );
  const model = await readModel({ files: contents, name });
  return {
    reference: { name, format: model.format, files, fingerprint: sha256(...files.map((file) => file.sha256)) },
    description: describeModel(model),
  };
}
