import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { momentsOf } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDataset } from '../support/demo-models.js';
import { finish, repository } from '../support/processes.js';

const dataset = { kind: 'texture-patches', split: 'test', size: 40 };
const spec = {
  name: 'patches',
  shardSize: 7,
  datasets: { patches: dataset },
  models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
  evaluations: [
    {
      dataset: 'patches',
      model: 'vgg',
      explainers: [
        { method: 'sise' },
        { method: 'shap-gradient', draws: 20, channels: 'sum-absolute', background: { dataset: 'patches', size: 20 } },
        { method: 'random' },
      ],
      metrics: [{ metric: 'pointing-game' }],
    },
  ],
};
const measure = z.object({ value: z.number() });
const tableSchema = z.object({
  table: z.array(
    z.object({ method: z.string(), measures: z.object({ energyPointing: measure, pointing: measure, regionArea: measure }) }),
  ),
});

describe('maps of the texture model, compared with where the texture is', () => {
  let folder: string;
  let rows: z.infer<typeof tableSchema>['table'];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-patches-'));
    await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
    const { stdout } = await finish('xaigrid', ['run', 'spec.json', '--json'], { folder });
    rows = tableSchema.parse(JSON.parse(stdout)).table;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const of = (method: string) => {
    const row = rows.find((candidate) => candidate.method === method);
    if (row === undefined) throw new TypeError(`No row of ${method}.`);
    return row.measures;
  };

  it('sees the regions that the data set has', async () => {
    const { regions } = await (await openDataset(dataset)).read(0, dataset.size);
    const { mean } = momentsOf(regions?.data ?? new Float32Array());
    for (const { measures } of rows) expect(measures.regionArea.value).toBeCloseTo(mean, 12);
  });

  it('gives random maps the share of the area', () => {
    // The share inside of 4096 uniform values has a deviation of 0.58·√(0.14·0.86/4096) = 0.0031; six standard errors over 40 maps.
    expect(Math.abs(of('random').energyPointing.value - of('random').regionArea.value)).toBeLessThan(0.003);
  });

  it('finds the patch with SISE: at least 0.6 of the energy, more than Gradient SHAP', () => {
    expect(of('sise').energyPointing.value).toBeGreaterThanOrEqual(0.6);
    expect(of('sise').energyPointing.value).toBeGreaterThan(of('shap-gradient').energyPointing.value);
    expect(of('sise').pointing.value).toBeGreaterThan(0.8);
  });
});
