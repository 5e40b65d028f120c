import { readFile } from 'node:fs/promises';
import { argmaxRows } from '@xaigrid/tensor';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { demoEngine, demoModel, openDataset } from '../support/demo-models.js';

it.each([
  { model: 'mnist1d-cnn', dataset: { kind: 'mnist1d', split: 'test' }, least: 0.88 },
  { model: 'texture-patches-vgg', dataset: { kind: 'texture-patches', split: 'test', size: 1000 }, least: 0.95 },
])('$model has the test accuracy its training log says, and at least $least', async ({ model, dataset, least }) => {
  const log = z
    .object({ testAccuracy: z.number() })
    .parse(JSON.parse(await readFile(new URL('training-log.json', demoModel(model)), 'utf8')));
  const samples = await openDataset(dataset);
  const { inputs, labels } = await samples.read(0, samples.info.size);
  const engine = await demoEngine(model);
  const predicted = argmaxRows(await engine.predict(inputs));
  await engine.close();
  const accuracy = predicted.filter((label, row) => label === labels[row]).length / labels.length;
  expect(accuracy).toBeGreaterThanOrEqual(least);
  // Trained by TensorFlow.js, executed by ONNX Runtime: a sample on the edge between two classes may fall either way.
  expect(Math.abs(accuracy - log.testAccuracy)).toBeLessThanOrEqual(0.001);
});
