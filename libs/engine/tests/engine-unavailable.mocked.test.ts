import { expect, it, vi } from 'vitest';
import { createEngine, engineVersions } from '../src/index.js';
import { report1d } from './models/keras-models.js';
import { readTestModel } from './models/read-test-model.js';

vi.mock('onnxruntime-node', () => {
  throw new Error('libonnxruntime.so.1: cannot open shared object file');
});

it('says so when a library does not load', async () => {
  const model = await readTestModel(report1d);
  await expect(createEngine({ model, name: 'onnxruntime' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('Install the project') as unknown,
  });
  const [onnxruntime, tensorflow] = await engineVersions();
  expect(onnxruntime).toMatchObject({
    name: 'onnxruntime',
    available: false,
    problem: expect.stringContaining('could not be loaded') as unknown,
  });
  expect(tensorflow).toMatchObject({ name: 'tensorflow', available: true });
});
