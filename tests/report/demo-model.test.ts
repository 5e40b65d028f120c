import { readFile } from 'node:fs/promises';
import { datasetKind } from '@xaigrid/datasets';
import { createEngine } from '@xaigrid/engine';
import { readModel } from '@xaigrid/graph';
import { argmaxRows } from '@xaigrid/tensor';
import { expect, it } from 'vitest';
import { z } from 'zod';

const folder = new URL('../../models/mnist1d-cnn/', import.meta.url);

it('the demo model has the test accuracy its training log says, and at least 0.88', async () => {
  const files = await Promise.all(
    ['model.json', 'weights.bin'].map(async (name) => ({ name, bytes: new Uint8Array(await readFile(new URL(name, folder))) })),
  );
  const log = z
    .object({ testAccuracy: z.number() })
    .parse(JSON.parse(await readFile(new URL('training-log.json', folder), 'utf8')));
  const kind = datasetKind('mnist1d');
  const dataset = await kind.open({
    params: kind.params.parse({ split: 'test' }),
    files: [],
    filePath: () => Promise.reject(new TypeError('MNIST-1D has no files.')),
  });
  const { inputs, labels } = await dataset.read(0, dataset.info.size);
  const engine = await createEngine({ model: await readModel({ files, name: 'demo' }), name: 'onnxruntime' });
  const predicted = argmaxRows(await engine.predict(inputs));
  await engine.close();
  const accuracy = predicted.filter((digit, row) => digit === labels[row]).length / labels.length;
  expect(accuracy).toBeGreaterThanOrEqual(0.88);
  // Trained by TensorFlow.js, executed by ONNX Runtime: a sample on the edge between two classes may fall either way.
  expect(Math.abs(accuracy - log.testAccuracy)).toBeLessThanOrEqual(0.001);
});
