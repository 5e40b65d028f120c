import { rowsOf } from '@xaigrid/tensor';
import type { DatasetKind } from '../dataset.js';
import { sampleFingerprint } from '../fingerprint.js';
import { createMemoryDataset } from '../memory-dataset.js';
import { generateMnist1d } from './generator.js';
import { mnist1dParametersSchema, splitRange, type Mnist1dParameters } from './parameters.js';
import { normalisedTemplates } from './templates.js';

const KIND = 'mnist1d';
const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** MNIST-1D: `{ kind: mnist1d, split: test }`. It is generated when it is opened. Samples are `[length, 1]`. */
export const mnist1dKind: DatasetKind<Mnist1dParameters> = {
  kind: KIND,
  title: 'MNIST-1D',
  summary: 'Generated signals of ten classes, equal to the published ones to 1e-9.',
  source: 'Greydanus, Scaling down Deep Learning, 2020, arXiv:2011.14439.',
  params: mnist1dParametersSchema,
  files: () => Promise.resolve([]),
  plannedParams: (params) => params,
  optionsFor: (_, { wanted: [length = 0, channels, ...more] }) =>
    channels === 1 && more.length === 0 && length >= 2 ? [`length: ${length}`] : [],
  classTemplates: normalisedTemplates,
  open({ params, signal }) {
    signal?.throwIfAborted();
    const all = generateMnist1d(params);
    const [start, end] = splitRange(params);
    const values = { shape: [...all.inputs.shape, 1], data: Float32Array.from(all.inputs.data) };
    // A copy: a view would keep the other split in memory.
    const split = rowsOf(values, start, end);
    const inputs = { shape: split.shape, data: split.data.slice() };
    const labels = all.labels.slice(start, end);
    const fingerprint = sampleFingerprint({ kind: KIND, params, inputs, labels });
    return Promise.resolve(createMemoryDataset({ inputs, labels, classNames: DIGITS, fingerprint }));
  },
};
