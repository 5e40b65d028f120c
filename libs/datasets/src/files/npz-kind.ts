import { basename } from 'node:path';
import { readNpz } from '@xaigrid/tensor';
import { z } from 'zod';
import type { DatasetKind } from '../dataset.js';
import { fileReference } from './hash-file.js';
import { createFileDataset, locate } from './file-dataset.js';
import { arrayParameters, pathSchema } from './parameters.js';
import { loadedSampleRows } from './sample-rows.js';

const KIND = 'npz';

const schema = z.strictObject({
  path: pathSchema.describe('The .npz file.'),
  x: z.string().min(1).default('x').describe('Which of its arrays has the samples, [n, ...].'),
  y: z.string().min(1).default('y').describe('Which has the labels: [n] whole numbers or [n, classes] one-hot.'),
  ...arrayParameters,
});
type NpzParameters = z.infer<typeof schema>;

/** Samples and labels in one .npz file (`numpy.savez`), loaded when it is opened. */
export const npzKind: DatasetKind<NpzParameters> = {
  kind: KIND,
  params: schema,
  files: async (params, baseFolder) => [await fileReference(params.path, baseFolder)],
  portable: (params) => ({ ...params, path: basename(params.path) }),
  async open({ params, files, filePath, signal }) {
    const [file] = await locate(files, filePath, signal);
    if (file === undefined) throw new TypeError('A data set of kind npz has one file.');
    const archive = await readNpz(file.path, { name: file.name });
    const samplesName = `${file.name} (array "${params.x}")`;
    return createFileDataset({
      kind: KIND,
      found: {
        samples: loadedSampleRows(archive.array(params.x), samplesName),
        samplesName,
        labels: archive.array(params.y),
        labelsName: `${file.name} (array "${params.y}")`,
      },
      params,
      decisive: { x: params.x, y: params.y },
      hashes: [file.sha256],
    });
  },
};
