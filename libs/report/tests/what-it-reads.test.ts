import type { RunEvaluation } from '@xaigrid/contracts';
import { expect, it } from 'vitest';
import { whatItReads } from '../src/index.js';

const evaluation: RunEvaluation = {
  ...{
    ordinal: 0,
    label: 'sise',
    dataset: 'd',
    datasetFingerprint: 'd'.repeat(64),
    model: 'm',
    modelFingerprint: 'm'.repeat(64),
  },
  ...{ method: 'sise', methodVersion: 1, params: {}, engine: 'onnxruntime', explainedClass: 'predicted' },
  ...{ seed: 0, samples: 10, settings: 1, mapSetKey: 'k'.repeat(64) },
};
const background = { dataset: 'train', datasetFingerprint: 'f'.repeat(64), datasetSize: 4000 };

it.each([
  [{}, []],
  [
    { files: [{ name: 'maps.npy', size: 1728, sha256: 'a'.repeat(64) }] },
    [`file maps.npy, 1728 bytes, sha256 ${'a'.repeat(64)}`],
  ],
  [
    { background: { ...background, size: 30, selection: 'random' } },
    ['background 30 of 4000 samples of train, drawn by the seed, fingerprint ffffffff'],
  ],
  [
    { background: { ...background, size: 30, selection: 'first' } },
    ['background the first 30 of 4000 samples of train, fingerprint ffffffff'],
  ],
  [
    { background: { ...background, size: 4000, selection: 'first' } },
    ['background all 4000 samples of train, fingerprint ffffffff'],
  ],
] satisfies [Partial<RunEvaluation>, string[]][])('%j', (read, words) => {
  expect(whatItReads({ ...evaluation, ...read }, { digits: 8 })).toEqual(words);
});
