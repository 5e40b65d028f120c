import { readSafetensors } from '@xaigrid/tensor';
import { createArchiveKind } from './archive-kind.js';

/** Samples and labels in one safetensors file, which is loaded when the data set is opened. */
export const safetensorsKind = createArchiveKind({
  kind: 'safetensors',
  title: 'Tensors in a safetensors file',
  summary: 'Samples and labels in one .safetensors file.',
  file: '.safetensors',
  async read(path, name) {
    const tensors = await readSafetensors(path, { name });
    return { array: (key) => tensors.array(key), values: (key) => tensors.array(key) };
  },
});
