import { fileURLToPath } from 'node:url';
import { parseSpec } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { planRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

const baseFolder = fileURLToPath(new URL('../../../models', import.meta.url));

function plan(dataset: string, model: string) {
  const text = [
    'name: regions',
    `datasets: { some: ${dataset} }`,
    `models: { cnn: { path: ${model}/model.json } }`,
    'evaluations:',
    '  - { dataset: some, model: cnn, explainers: [{ method: sise }], metrics: [{ metric: pointing-game }] }',
  ].join('\n');
  return planRun(parseSpec({ text, source: 'regions.yaml', registries, environment: {} }), { baseFolder });
}

describe('a metric that needs regions', () => {
  it('is planned for a data set that has them', async () => {
    const { evaluations } = await plan('{ kind: texture-patches, size: 16 }', 'texture-patches-vgg');
    expect(evaluations[0]?.plan.dataset.regions).toBe(true);
    expect(evaluations[0]?.plan.settings[0]?.setting).toEqual({ values: 'positive' });
  });

  it('is refused for a data set that has none, both named', async () => {
    await expect(plan('{ kind: mnist1d }', 'mnist1d-cnn')).rejects.toThrow(
      expect.objectContaining({
        code: 'SPEC_INVALID',
        message: expect.stringContaining(
          'Metric "pointing-game" needs to know where in a sample its class shows; data set "some" of kind mnist1d',
        ) as unknown,
      }),
    );
  });
});
