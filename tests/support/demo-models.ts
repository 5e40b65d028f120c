import { readFile } from 'node:fs/promises';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { createEngine, readModel, type Engine, type ModelVariant } from '@xaigrid/engine';

/** The folder of one of the models that come with xaigrid. */
export function demoModel(name: string): URL {
  return new URL(`../../models/${name}/`, import.meta.url);
}

export async function demoEngine(name: string, variant?: ModelVariant): Promise<Engine> {
  const files = await Promise.all(
    ['model.json', 'weights.bin'].map(async (file) => ({
      name: file,
      bytes: new Uint8Array(await readFile(new URL(file, demoModel(name)))),
    })),
  );
  return createEngine({
    model: await readModel({ files, name, ...(variant === undefined ? {} : { variant }) }),
    name: 'onnxruntime',
  });
}

/** A generated data set, by its spec entry. */
export function openDataset({ kind: name, ...entry }: { readonly kind: string }): Promise<Dataset> {
  const kind = datasetKind(name);
  return kind.open({
    params: kind.params.parse(entry),
    files: [],
    filePath: () => Promise.reject(new TypeError(`${name} has no files.`)),
  });
}
