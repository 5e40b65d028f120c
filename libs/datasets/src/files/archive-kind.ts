import type { NumpyArray, TextArray } from '@xaigrid/tensor';
import { z } from 'zod';
import type { DatasetKind } from '../dataset.js';
import { createFileDataset } from './file-dataset.js';
import { namedFiles } from './named-files.js';
import { arrayOptionsFor, arrayParameters, channelsFirst, pathSchema, withoutOpenLayout } from './parameters.js';
import { loadedSampleRows } from './sample-rows.js';

/** A file that holds arrays by name. */
interface Archive {
  /** An array of numbers. */
  readonly array: (key: string) => NumpyArray;
  /** An array of numbers or of text. */
  readonly values: (key: string) => NumpyArray | TextArray;
}

function schemaOf(file: string) {
  return z.strictObject({
    path: pathSchema.describe(`The ${file} file.`),
    x: z.string().min(1).default('x').describe('The array with the samples, [n, ...].'),
    y: z
      .string()
      .min(1)
      .default('y')
      .describe('The array with the labels: [n] whole numbers or names, or [n, classes] one-hot or multi-hot.'),
    ...arrayParameters,
  });
}
type ArchiveParameters = z.infer<ReturnType<typeof schemaOf>>;

const { locate, ...filesOf } = namedFiles<'path', ArchiveParameters>(['path'], withoutOpenLayout);

/** Makes a kind of data set with samples and labels in one file, which is loaded when the data set is opened. */
export function createArchiveKind(options: {
  readonly kind: string;
  readonly title: string;
  readonly summary: string;
  /** The name of its files in the description of parameters. */
  readonly file: string;
  readonly read: (path: string, name: string) => Promise<Archive>;
}): DatasetKind<ArchiveParameters> {
  const { kind, title, summary } = options;
  return {
    ...{ kind, title, summary },
    params: schemaOf(options.file),
    ...filesOf,
    channelsFirst,
    optionsFor: arrayOptionsFor,
    async open({ params, ...location }) {
      const { named, regionsFile } = await locate(location);
      const { path: file } = named;
      const archive = await options.read(file.path, file.name);
      const samplesName = `${file.name} (array "${params.x}")`;
      return createFileDataset({
        kind,
        found: {
          samples: loadedSampleRows(archive.array(params.x), samplesName),
          samplesName,
          labels: archive.values(params.y),
          labelsName: `${file.name} (array "${params.y}")`,
        },
        params,
        decisive: { x: params.x, y: params.y },
        hashes: [file.sha256],
        regionsFile,
      });
    },
  };
}
