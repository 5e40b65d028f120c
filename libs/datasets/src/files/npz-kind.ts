import { readNpz } from '@xaigrid/tensor';
import { createArchiveKind } from './archive-kind.js';

/** Samples and labels in one .npz file (`numpy.savez`), loaded when it is opened. */
export const npzKind = createArchiveKind({ kind: 'npz', file: '.npz', read: (path, name) => readNpz(path, { name }) });
