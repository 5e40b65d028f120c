import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSpec } from '@xaigrid/contracts';
import { encodeNpy } from '@xaigrid/tensor';
import { describe, expect, it } from 'vitest';
import { planRun } from '../src/plan-run.js';
import { registries } from '../src/registries.js';

const baseFolder = fileURLToPath(new URL('../../../models', import.meta.url));

function plan(dataset: string, model: string, other?: string) {
  const text = [
    'name: regions',
    `datasets: { some: ${dataset} }`,
    `models: { cnn: { path: ${model}/model.json } }`,
    'evaluations:',
    `  - { dataset: some, model: cnn, explainers: [{ method: sise }], metrics: [{ metric: pointing-game }${other === undefined ? '' : `, { metric: ${other} }`}] }`,
  ].join('\n');
  return planRun(parseSpec({ text, source: 'regions.yaml', registries, environment: {} }), { baseFolder });
}

describe('a metric that needs regions', () => {
  it('is planned for a data set that has them', async () => {
    const { evaluations } = await plan('{ kind: texture-patches, size: 16 }', 'texture-patches-vgg');
    expect(evaluations[0]?.plan.dataset.regions).toBe(true);
    expect(evaluations[0]?.plan.settings[0]?.setting).toEqual({ values: 'positive' });
    expect(evaluations[0]?.plan.settings[0]?.regions).toBeUndefined();
  });

  it('has the hash of regions from files in its settings, and other metrics do not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xaigrid-regions-'));
    try {
      const path = (name: string) => JSON.stringify(join(folder, name));
      writeFileSync(join(folder, 'x.npy'), encodeNpy({ shape: [2, 40, 1], data: new Float32Array(80) }));
      writeFileSync(join(folder, 'y.npy'), encodeNpy({ shape: [2], data: Int32Array.of(0, 9) }));
      writeFileSync(join(folder, 'r.npy'), encodeNpy({ shape: [2, 40], data: new Uint8Array(80).fill(1, 20) }));
      const dataset = `{ kind: npy, x: ${path('x.npy')}, y: ${path('y.npy')}, regions: ${path('r.npy')} }`;
      const { evaluations, notes } = await plan(dataset, 'mnist1d-cnn', 'drop-increase, keepFractions: [0.3]');
      const [planned] = evaluations.map(({ plan: one }) => one);
      expect(planned?.dataset.regionsFingerprint).toMatch(/^[0-9a-f]{64}$/);
      expect(planned?.settings.map(({ regions }) => regions)).toEqual([planned?.dataset.regionsFingerprint, undefined]);
      expect(JSON.stringify(planned?.dataset.params)).not.toContain(folder);
      expect(notes.join(' ')).toContain('r.npy: 2 of 2 samples have a region');
    } finally {
      rmSync(folder, { recursive: true });
    }
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
