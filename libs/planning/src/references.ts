import {
  referenceOf,
  type DatasetReference,
  type FileReference,
  type LocalFile,
  type ModelReference,
  type SpecDataset,
  type SpecModel,
} from '@xaigrid/contracts';
import { datasetKind, type Dataset } from '@xaigrid/datasets';
import { describeModel, type ModelDescription } from '@xaigrid/engine';
import type { Model, ModelOutput } from '@xaigrid/graph';
import { modelFingerprint } from '@xaigrid/service';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { openModel } from './open-model.js';

const jsonRecord = z.record(z.string(), z.json());

export interface PlannedDataset {
  readonly reference: DatasetReference;
  /** Its files on this machine. */
  readonly files: readonly LocalFile[];
  /** What the user should know about it, one sentence each. */
  readonly notes: readonly string[];
  /** The class of each sample. Undefined if samples have sets of classes. */
  readonly labels: Int32Array<ArrayBuffer> | undefined;
  /** A few samples, `[n, ...sampleShape]`, from its beginning, middle and end, as far as they can be read. */
  readonly probes: Tensor;
}

/** How data sets are read when a run is planned. */
export interface ReadingOptions {
  readonly baseFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** Is told how many images of a data set are read and hashed. */
  readonly onReading?: ((dataset: string, done: number, total: number) => void) | undefined;
}

/** Opens a data set of the spec once, to get its fingerprint, size and shape. */
export async function referenceDataset(
  name: string,
  entry: SpecDataset,
  { baseFolder, signal, onReading }: ReadingOptions,
): Promise<PlannedDataset> {
  const kind = datasetKind(entry.kind);
  const files = await kind.files(entry.params, baseFolder, (done, total) => onReading?.(name, done, total));
  const dataset = await kind.open({
    params: entry.params,
    files,
    filePath: (file) => Promise.resolve(plannedPath(file)),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const { fingerprint, size, sampleShape, classNames, featureNames, ...info } = dataset.info;
    const { regions = false, regionsFingerprint, labelSets = false, notes = [] } = info;
    const reference = {
      ...{ name, kind: entry.kind, files: files.map(referenceOf), fingerprint, size },
      params: jsonRecord.parse(kind.plannedParams(entry.params)),
      sampleShape: [...sampleShape],
      classNames: [...classNames],
      ...(featureNames === undefined ? {} : { featureNames: [...featureNames] }),
      ...(regions ? { regions } : {}),
      ...(regionsFingerprint === undefined ? {} : { regionsFingerprint }),
      ...(labelSets ? { labelSets } : {}),
    };
    const labels = dataset.labels();
    return {
      reference,
      files,
      labels,
      probes: await readProbes(dataset, signal),
      notes: [...files.flatMap(({ note }) => note ?? []), ...notes.map((note) => `${name}: ${note}`)],
    };
  } finally {
    await dataset.close();
  }
}

async function readProbes(dataset: Dataset, signal?: AbortSignal): Promise<Tensor> {
  const { size, sampleShape } = dataset.info;
  const places = [...new Set([0, Math.floor(size / 2), size - 1])].filter((place) => place >= 0);
  const read: Tensor[] = [];
  for (const place of places) {
    // An unreadable sample is reported when it is computed.
    const batch = await dataset.readAt(Int32Array.of(place), signal).catch(() => undefined);
    if (batch !== undefined) read.push(batch.inputs);
  }
  signal?.throwIfAborted();
  const data = new Float32Array(read.length * sizeOf(sampleShape));
  read.forEach((sample, at) => data.set(sample.data, at * sizeOf(sampleShape)));
  return { shape: [read.length, ...sampleShape], data };
}

function plannedPath(file: FileReference): string {
  if (file.path === undefined) throw new TypeError(`${file.name} was planned without a path.`);
  return file.path;
}

/** A model of the spec, and its description. */
export interface KnownModel {
  readonly reference: ModelReference;
  readonly description: ModelDescription;
  readonly output: Pick<ModelOutput, 'ending' | 'multiLabel' | 'file'>;
  readonly model: Model;
}

/** Reads a model of the spec once, to check that it can be executed and to describe it. */
export async function referenceModel(name: string, entry: SpecModel, baseFolder: string): Promise<KnownModel> {
  const { files, model, options } = await openModel(name, entry, baseFolder);
  return {
    reference: {
      ...{ name, format: model.format, files },
      ...(Object.keys(options).length === 0 ? {} : { options }),
      fingerprint: modelFingerprint(model, files, options),
    },
    description: describeModel(model),
    output: model.output,
    model,
  };
}
