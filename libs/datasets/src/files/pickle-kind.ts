import { XaigridError } from '@xaigrid/contracts';
import { isNumpyArray, isPickleDict, readPickle, type NumpyArray, type PickleValue, type TextArray } from '@xaigrid/tensor';
import { z } from 'zod';
import type { DatasetKind } from '../dataset.js';
import { createFileDataset } from './file-dataset.js';
import { namedFiles } from './named-files.js';
import { arrayOptionsFor, arrayParameters, channelsFirst, pathSchema, withoutOpenLayout } from './parameters.js';
import { loadedSampleRows } from './sample-rows.js';

const KIND = 'pickle';

const schema = z.strictObject({
  path: pathSchema.describe('The pickle file: a dict of numpy arrays. Nothing in it is executed.'),
  split: z.enum(['train', 'test']).default('test').describe('test: the arrays x_test and y_test; train: x and y.'),
  x: z.string().min(1).optional().describe('The key of the samples, if it is a different one.'),
  y: z.string().min(1).optional().describe('The key of the labels, if it is a different one.'),
  ...arrayParameters,
});
type PickleParameters = z.infer<typeof schema>;

const { locate, ...filesOf } = namedFiles<'path', PickleParameters>(['path'], withoutOpenLayout);

/** Samples and labels in a pickled dict of numpy arrays, such as `MNIST1D.pkl`. It is loaded when the data set is opened. */
export const pickleKind: DatasetKind<PickleParameters> = {
  kind: KIND,
  title: 'Arrays in a pickle',
  summary: 'Samples and labels in a pickled dict of numpy arrays, such as MNIST1D.pkl. Nothing in it is executed.',
  params: schema,
  ...filesOf,
  channelsFirst,
  optionsFor: arrayOptionsFor,
  async open({ params, ...options }) {
    const { named, regionsFile } = await locate(options);
    const { path: file } = named;
    const contents = await readPickle(file.path, { name: file.name });
    const suffix = params.split === 'test' ? '_test' : '';
    const x = params.x ?? `x${suffix}`;
    const y = params.y ?? `y${suffix}`;
    const samplesName = `${file.name} (array "${x}")`;
    return createFileDataset({
      kind: KIND,
      found: {
        samples: loadedSampleRows(arrayAt(contents, x, file.name), samplesName),
        samplesName,
        labels: namesAt(contents, y) ?? arrayAt(contents, y, file.name),
        labelsName: `${file.name} (array "${y}")`,
      },
      params,
      decisive: { x, y },
      hashes: [file.sha256],
      regionsFile,
    });
  },
};

/** Labels given as a list of texts. */
function namesAt(contents: PickleValue, key: string): TextArray | undefined {
  const found = isPickleDict(contents) ? contents.get(key) : undefined;
  if (!Array.isArray(found)) return undefined;
  const values = found.filter((value) => typeof value === 'string');
  return values.length === found.length ? { shape: [values.length], values } : undefined;
}

function arrayAt(contents: PickleValue, key: string, name: string): NumpyArray {
  if (!isPickleDict(contents)) throw new XaigridError('DATASET_UNREADABLE', `${name} is not a pickled dict of arrays.`);
  const found = contents.get(key);
  if (isNumpyArray(found)) return found;
  const keys = [...contents].filter(([, value]) => isNumpyArray(value)).map(([candidate]) => String(candidate));
  throw new XaigridError('DATASET_UNREADABLE', `${name} has no array "${key}"; its arrays: ${keys.join(', ') || 'none'}.`);
}
