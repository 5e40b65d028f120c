import { openNpyRows, readNpyValues } from '@xaigrid/tensor';
import { z } from 'zod';
import type { DatasetKind } from '../dataset.js';
import { createFileDataset } from './file-dataset.js';
import { namedFiles } from './named-files.js';
import { arrayOptionsFor, arrayParameters, channelsFirst, pathSchema, withoutOpenLayout } from './parameters.js';
import { storedSampleRows } from './sample-rows.js';

const KIND = 'npy';

const schema = z.strictObject({
  x: pathSchema.describe('The samples, a .npy file [n, ...].'),
  y: pathSchema.describe('The labels, a .npy file: [n] whole numbers or names, or [n, classes] one-hot or multi-hot.'),
  ...arrayParameters,
});
type NpyParameters = z.infer<typeof schema>;

const { locate, ...filesOf } = namedFiles<'x' | 'y', NpyParameters>(['x', 'y'], withoutOpenLayout);

/** Samples and labels in one .npy file each. Samples are read from the file on demand. */
export const npyKind: DatasetKind<NpyParameters> = {
  kind: KIND,
  title: 'Arrays in two .npy files',
  summary: 'Samples and labels in one .npy file each, read when needed.',
  params: schema,
  ...filesOf,
  channelsFirst,
  optionsFor: arrayOptionsFor,
  async open({ params, ...options }) {
    const { named, regionsFile } = await locate(options);
    const { x, y } = named;
    const labels = await readNpyValues(y.path, { name: y.name });
    const samples = storedSampleRows(await openNpyRows(x.path, { name: x.name }), x.name);
    return createFileDataset({
      kind: KIND,
      found: { samples, samplesName: x.name, labels, labelsName: y.name },
      params,
      decisive: {},
      hashes: [x.sha256, y.sha256],
      regionsFile,
    });
  },
};
