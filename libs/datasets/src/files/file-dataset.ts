import { XaigridError, type LayoutOption } from '@xaigrid/contracts';
import {
  channelsLast,
  channelsLastShape,
  isTable,
  positionsOfShape,
  sizeOf,
  type NumpyArray,
  type TextArray,
} from '@xaigrid/tensor';
import type { Dataset, SampleBatch } from '../dataset.js';
import { fileFingerprint } from '../fingerprint.js';
import { checkIndices, checkRange } from '../sample-range.js';
import { openArrayRegions } from '../regions/array-regions.js';
import type { ArrayRegions } from '../regions/parameters.js';
import { labelsOf } from './labels.js';
import type { LocatedFile } from './named-files.js';
import type { SampleRows } from './sample-rows.js';

/** Samples and labels as found in the files, with their names in messages. */
export interface FoundArrays {
  readonly samples: SampleRows;
  readonly samplesName: string;
  /** The names of the values, if samples are rows of a table. */
  readonly featureNames?: readonly string[];
  readonly labels: NumpyArray | TextArray;
  readonly labelsName: string;
}

/** The parameters that all kinds have that read files. */
export interface FileDatasetOptions {
  readonly addChannel: boolean;
  readonly layout: LayoutOption;
  readonly classNames?: readonly string[] | undefined;
  readonly multiLabel?: boolean | undefined;
  readonly regions?: ArrayRegions | undefined;
}

/**
 * A data set over arrays from files. It owns `found.samples`, and closes it on an error.
 * @throws DATASET_UNREADABLE if samples and labels do not fit together.
 */
export async function createFileDataset(options: {
  readonly kind: string;
  readonly found: FoundArrays;
  readonly params: FileDatasetOptions;
  /** What determines the samples besides the contents of files and `params`. It is part of the fingerprint. */
  readonly decisive: Readonly<Record<string, string>>;
  readonly hashes: readonly string[];
  /** The file of `params.regions`. */
  readonly regionsFile: LocatedFile | undefined;
}): Promise<Dataset> {
  const { found, params } = options;
  try {
    return await datasetOf(options);
  } catch (error) {
    await found.samples.close();
    throw error;
  }

  async function datasetOf({ kind, decisive, hashes, regionsFile }: typeof options): Promise<Dataset> {
    const { samples } = found;
    const [size = 0, ...stored] = samples.shape;
    const { classNames: wanted, multiLabel } = params;
    const { labels, labelSets, classNames, note } = labelsOf(found.labels, {
      ...{ name: found.labelsName, classNames: wanted, multiLabel },
    });
    const { addChannel, layout } = params;
    const first = layout === 'channels-first';
    const sampleShape = first ? channelsLastShape(stored) : addChannel ? [...stored, 1] : stored;
    if (sampleShape.length === 0 || size === 0 || sizeOf(stored) === 0) {
      throw new XaigridError(
        'DATASET_UNREADABLE',
        `${found.samplesName} has shape [${samples.shape.join(', ')}], but needs samples of at least one value.`,
      );
    }
    if (first && addChannel) {
      throw new XaigridError(
        'SPEC_INVALID',
        `${found.samplesName}: layout: channels-first means that samples have channels, and addChannel: true that they have none. Leave out one of the two.`,
      );
    }
    if (labels.length !== size) {
      throw new XaigridError(
        'DATASET_UNREADABLE',
        `${found.samplesName} has ${size} samples, but ${found.labelsName} has ${labels.length} labels.`,
      );
    }
    // Arrays without a layout were always read channels last, so their fingerprints stay.
    const said = {
      ...decisive,
      addChannel,
      classNames,
      ...(first ? { layout } : {}),
      ...(multiLabel === undefined ? {} : { multiLabel }),
    };
    const fingerprint = fileFingerprint({ kind, params: said, files: hashes });
    const readRows = async (start: number, end: number): Promise<Float32Array<ArrayBuffer>> => {
      const rows = await samples.read(start, end);
      return (first ? channelsLast(rows) : rows).data;
    };
    const regions =
      regionsFile === undefined || params.regions === undefined
        ? undefined
        : await openArrayRegions(regionsFile, params.regions, {
            ...{ size, positions: positionsOfShape(sampleShape), classes: classNames.length },
            labelsOf: (sample) => labelSets?.[sample] ?? labels.subarray(sample, sample + 1),
          });
    const notes = [note, regions?.note].filter((one) => one !== undefined);
    const setsOf = (rows: Iterable<number>) =>
      labelSets === undefined ? {} : { labelSets: Array.from(rows, (row) => labelSets[row] ?? new Int32Array()) };
    return {
      info: {
        ...{ sampleShape, classNames, size, fingerprint },
        ...(found.featureNames === undefined || !isTable(sampleShape) ? {} : { featureNames: found.featureNames }),
        ...(notes.length === 0 ? {} : { notes }),
        ...(regions === undefined ? {} : { regions: true, regionsFingerprint: regions.fingerprint }),
        ...(labelSets === undefined ? {} : { labelSets: true }),
      },
      labels: () => (labelSets === undefined ? labels.slice() : undefined),
      async read(start, end, signal) {
        signal?.throwIfAborted();
        checkRange(start, end, size);
        const data = await readRows(start, end);
        const rows = Array.from({ length: end - start }, (_, row) => start + row);
        return {
          inputs: { shape: [end - start, ...sampleShape], data },
          labels: labels.slice(start, end),
          ...setsOf(rows),
          ...(regions === undefined ? {} : { regions: await regions.read([[start, end - start]]) }),
        };
      },
      async readAt(indices, signal): Promise<SampleBatch> {
        checkIndices(indices, size);
        const stride = sizeOf(sampleShape);
        const data = new Float32Array(indices.length * stride);
        const runs = runsOf(indices);
        for (const [row, length] of runs) {
          signal?.throwIfAborted();
          const from = indices[row] ?? 0;
          data.set(await readRows(from, from + length), row * stride);
        }
        return {
          inputs: { shape: [indices.length, ...sampleShape], data },
          labels: indices.map((index) => labels[index] ?? 0),
          ...setsOf(indices),
          ...(regions === undefined
            ? {}
            : { regions: await regions.read(runs.map(([row, length]) => [indices[row] ?? 0, length])) }),
        };
      },
      async close() {
        await samples.close();
        await regions?.close();
      },
    };
  }
}

/** Runs of consecutive indices, each read at once: the first row, and the length. */
function runsOf(indices: Int32Array): [row: number, length: number][] {
  const runs: [number, number][] = [];
  for (const [row, index] of indices.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && index === (indices[row - 1] ?? 0) + 1) last[1]++;
    else runs.push([row, 1]);
  }
  return runs;
}
