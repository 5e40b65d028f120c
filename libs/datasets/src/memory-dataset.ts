import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { Dataset } from './dataset.js';
import { checkIndices, checkRange } from './sample-range.js';

/** A data set with all samples in memory. Every read is a copy, so that callers may transfer or overwrite it. */
export function createMemoryDataset(options: {
  /** `[n, ...sampleShape]` */
  readonly inputs: Tensor;
  readonly labels: Int32Array<ArrayBuffer>;
  readonly classNames: readonly string[];
  readonly fingerprint: string;
}): Dataset {
  const { inputs, labels, classNames, fingerprint } = options;
  const [size = 0, ...sampleShape] = inputs.shape;
  const stride = sizeOf(sampleShape);
  return {
    info: { sampleShape, classNames, size, fingerprint },
    labels: () => labels.slice(),
    read(start, end, signal) {
      signal?.throwIfAborted();
      checkRange(start, end, size);
      const rows = rowsOf(inputs, start, end);
      return Promise.resolve({ inputs: { shape: rows.shape, data: rows.data.slice() }, labels: labels.slice(start, end) });
    },
    readAt(indices, signal) {
      signal?.throwIfAborted();
      checkIndices(indices, size);
      const data = new Float32Array(indices.length * stride);
      for (const [row, index] of indices.entries())
        data.set(inputs.data.subarray(index * stride, (index + 1) * stride), row * stride);
      return Promise.resolve({
        inputs: { shape: [indices.length, ...sampleShape], data },
        labels: indices.map((index) => labels[index] ?? 0),
      });
    },
    close: () => Promise.resolve(),
  };
}
