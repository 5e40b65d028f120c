import { fileURLToPath } from 'node:url';
import { mapSetKey, parseSpec } from '@xaigrid/contracts';
import { engineVersions } from '@xaigrid/engine';
import { describe, expect, it } from 'vitest';
import { demoModel } from '../../../tests/support/demo-models.js';
import { planRun, type PlannedRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

function plan(more: object): Promise<PlannedRun> {
  const spec = {
    name: 'planned',
    datasets: { d: { kind: 'mnist1d', split: 'test' } },
    models: { m: { path: fileURLToPath(new URL('model.json', demoModel('mnist1d-cnn'))) } },
    evaluations: [
      {
        dataset: 'd',
        model: 'm',
        explainers: [{ method: 'gradient' }],
        metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }],
      },
    ],
    ...more,
  };
  const text = JSON.stringify(spec);
  return planRun(parseSpec({ text, source: 'spec', registries, environment: {} }), { baseFolder: '/' });
}

const planned = async (more: object) => {
  const { evaluations, notes } = await plan(more);
  const [evaluation] = evaluations;
  if (evaluation === undefined) throw new Error('One evaluation is planned.');
  return { plan: evaluation.plan, notes };
};

describe('what computes', () => {
  it('is the best backend here, and said', async () => {
    const [, tensorflow] = await engineVersions();
    const { plan: found, notes } = await planned({ engine: 'tensorflow' });
    expect(found.computedBy).toEqual({ version: tensorflow?.version, backend: tensorflow?.backend, device: 'cpu' });
    expect(notes).toContainEqual(expect.stringMatching(/^Engine tensorflow: .* model "m" \(@tensorflow\/tfjs/));
  });

  it('is what the spec says, and has keys of its own', async () => {
    const [wasm, cpu] = [
      await planned({ engine: 'tensorflow', backend: 'wasm' }),
      await planned({ engine: 'tensorflow', backend: 'cpu' }),
    ];
    expect([wasm.plan.computedBy?.backend, cpu.plan.computedBy?.backend]).toEqual(['wasm', 'cpu']);
    expect(mapSetKey(wasm.plan)).not.toBe(mapSetKey(cpu.plan));
  });

  it.each(['onnxruntime', 'tensorflow'])('refuses a device that the engine %s does not compute on', async (engine) => {
    expect((await planned({ engine, device: 'cpu' })).plan.computedBy?.device).toBe('cpu');
    await expect(async () => plan({ engine, device: 'webgpu' })).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: 'device (line 1): expected "cpu", not "webgpu".',
    });
  });

  it('is ONNX Runtime by default, which has no other', async () => {
    const { plan: found, notes } = await planned({});
    expect(found.computedBy).toEqual({
      version: expect.stringMatching(/^onnxruntime-node \d/) as string,
      backend: 'cpu',
      device: 'cpu',
    });
    expect(notes.join()).not.toContain('Engine');
    await expect(plan({ backend: 'wasm' })).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: 'backend: wasm is for engine: tensorflow; the engine onnxruntime has one backend.',
    });
  });
});
