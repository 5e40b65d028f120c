import { readNpz } from '@xaigrid/tensor';
import { createArchiveKind } from './archive-kind.js';

/** Samples and labels in one .npz file (`numpy.savez`), which is loaded when the data set is opened. */
export const npzKind = createArchiveKind({
  kind: 'npz',
  title: 'Arrays in a .npz file',
  summary: 'Samples and labels in one .npz file (numpy.savez).',
  file: '.npz',
  read: (path, name) => readNpz(path, { name }),
});
