import { readFile } from 'node:fs/promises';
import { XaigridError } from '@xaigrid/contracts';
import { readModel } from '@xaigrid/engine';
import { expect, it } from 'vitest';
import { samplePlan } from '../../store/tests/sample-run.js';
import { demoModel } from '../../../tests/support/demo-models.js';
import { createEngineSlots, type Materials } from '../src/index.js';

it('makes a new engine for the task after one whose engine ended', async () => {
  const names = ['model.json', 'weights.bin'];
  const folder = demoModel('mnist1d-cnn');
  const files = names.map(async (name) => ({ name, bytes: new Uint8Array(await readFile(new URL(name, folder))) }));
  const model = await readModel({ files: await Promise.all(files), name: 'cnn' });
  const materials: Materials = {
    model: () => Promise.resolve(model),
    dataset: () => Promise.reject(new Error('no data set')),
    close: () => Promise.resolve(),
  };
  const slots = createEngineSlots({ count: 1, materials });
  const engines: unknown[] = [];
  const use = (error?: XaigridError): Promise<void> =>
    slots.use(samplePlan().model, 'onnxruntime', ({ engine }) => {
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
