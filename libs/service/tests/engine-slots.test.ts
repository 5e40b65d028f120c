import { readFile } from 'node:fs/promises';
import { XaigridError, type Device, type EngineBackend } from '@xaigrid/contracts';
import { engineVersions, readModel } from '@xaigrid/engine';
import { expect, it } from 'vitest';
import { samplePlan } from '../../store/tests/sample-run.js';
import { demoModel } from '../../../tests/support/demo-models.js';
import { createEngineSlots, type ModelsAndDatasets } from '../src/index.js';

async function demoModelsAndDatasets(): Promise<ModelsAndDatasets> {
  const names = ['model.json', 'weights.bin'];
  const folder = demoModel('mnist1d-cnn');
  const files = names.map(async (name) => ({ name, bytes: new Uint8Array(await readFile(new URL(name, folder))) }));
  const model = await readModel({ files: await Promise.all(files), name: 'cnn' });
  return {
    model: () => Promise.resolve(model),
    modelVariant: async (_, variant) => readModel({ files: await Promise.all(files), name: 'cnn', variant }),
    dataset: () => Promise.reject(new Error('no data set')),
    close: () => Promise.resolve(),
  };
}

it('computes on the backend that the plan names, and refuses one that is not here', async () => {
  const slots = createEngineSlots({ count: 1, modelsAndDatasets: await demoModelsAndDatasets() });
  const on = (backend: EngineBackend): Promise<EngineBackend> =>
    slots.use(
      samplePlan({ engine: 'tensorflow', computedBy: { version: '@tensorflow/tfjs 4.22.0', backend, device: 'cpu' } }),
      ({ engine }) => Promise.resolve(engine.backend),
    );
  const [, tensorflow] = await engineVersions();
  expect(await on('wasm')).toBe('wasm');
  expect(await on('cpu')).toBe('cpu');
  if (tensorflow?.backends?.includes('native') === true) expect(await on('native')).toBe('native');
  else {
    await expect(on('native')).rejects.toMatchObject({
      code: 'VERSION_MISMATCH',
      message: expect.stringMatching(
        /^The run was planned for the backend native\. .*tensorflow:native.* resume it\.$/,
      ) as string,
    });
  }
  await slots.close();
}, 120_000);

it('computes on the device that the plan names, and refuses one that is not here', async () => {
  const modelsAndDatasets = await demoModelsAndDatasets();
  const on = async (device: Device, devices?: readonly Device[]): Promise<Device> => {
    const slots = createEngineSlots({ count: 1, modelsAndDatasets, devices });
    const plan = samplePlan({ computedBy: { version: 'onnxruntime-node 1.30.0', backend: 'cpu', device } });
    return slots.use(plan, ({ engine }) => Promise.resolve(engine.device)).finally(() => slots.close());
  };
  expect(await on('cpu')).toBe('cpu');
  expect(await on('cpu', ['cuda', 'cpu'])).toBe('cpu');
  await expect(on('cuda')).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    message:
      'The run was planned for the device cuda. The engine onnxruntime of this version does not compute on the device cuda, only on cpu. Give it to this worker, or plan the run with another one (docs/engines.md), then resume it.',
  });
  await expect(on('cpu', ['cuda', 'webgpu'])).rejects.toMatchObject({
    code: 'VERSION_MISMATCH',
    message: 'The run was planned for the device cpu. This worker computes on cuda and webgpu only (XAIGRID_DEVICES).',
  });
});

it('makes a new engine for the task after one whose engine ended', async () => {
  const slots = createEngineSlots({ count: 1, modelsAndDatasets: await demoModelsAndDatasets() });
  const engines: unknown[] = [];
  const use = (error?: XaigridError): Promise<void> =>
    slots.use(samplePlan(), ({ engine }) => {
      engines.push(engine);
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    });
  await use();
  await expect(use(new XaigridError('NOT_FINITE', 'of one sample'))).rejects.toThrow();
  await expect(use(new XaigridError('ENGINE_ENDED', 'its thread died'))).rejects.toThrow();
  await use();
  await slots.close();
  expect(engines[1]).toBe(engines[0]);
  expect(engines[2]).toBe(engines[0]);
  expect(engines[3]).not.toBe(engines[0]);
});
