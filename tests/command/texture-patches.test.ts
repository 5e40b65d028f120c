import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparisonsAnswerSchema, scoresAnswerSchema } from '@xaigrid/contracts';
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
      metrics: [
        { metric: 'pointing-game' },
        { metric: 'drop-increase', keepFractions: [0, 0.25, 0.5, 0.75, 1] },
        { metric: 'deletion-insertion', definition: 'ties-together', steps: 4 },
      ],
    },
  ],
};
const tableSchema = z.object({
  table: z.array(
    z.object({
      ...{ method: z.string(), setting: z.record(z.string(), z.unknown()) },
      measures: z.record(z.string(), z.object({ value: z.number() })),
    }),
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

  const valueOf = (method: string, measure: string, keepFraction?: number): number => {
    const row = rows.find(
      (candidate) =>
        candidate.method === method && measure in candidate.measures && candidate.setting.keepFraction === keepFraction,
    );
    return row?.measures[measure]?.value ?? NaN;
  };

  it('sees the regions that the data set has', async () => {
    const { regions } = await (await openDataset(dataset)).read(0, dataset.size);
    const { mean } = momentsOf(regions?.data ?? new Float32Array());
    for (const method of ['sise', 'shap-gradient', 'random']) expect(valueOf(method, 'regionArea')).toBeCloseTo(mean, 12);
  });

  it('gives random maps the share of the area', () => {
    // The share inside of 4096 uniform values has a deviation of 0.58·√(0.14·0.86/4096) = 0.0031; six standard errors over 40 maps.
    expect(Math.abs(valueOf('random', 'energyPointing') - valueOf('random', 'regionArea'))).toBeLessThan(0.003);
  });

  it('finds the patch with SISE: at least 0.6 of the energy, more than Gradient SHAP', () => {
    expect(valueOf('sise', 'energyPointing')).toBeGreaterThanOrEqual(0.6);
    expect(valueOf('sise', 'energyPointing')).toBeGreaterThan(valueOf('shap-gradient', 'energyPointing'));
    expect(valueOf('sise', 'pointing')).toBeGreaterThan(0.8);
  });

  it('has for insertion the area under the outputs of drop and increase over the shares they kept, sample by sample', async () => {
    for (const method of ['sise', 'random']) {
      const options = ['--method', method, '--limit', '1000', '--format', 'json'];
      const { stdout } = await finish('xaigrid', ['scores', 'latest', ...options], { folder });
      const scores = scoresAnswerSchema.shape.scores.parse(JSON.parse(stdout));
      for (let sample = 0; sample < dataset.size; sample += 1) {
        const own = scores.filter(({ sampleIndex }) => sampleIndex === sample).map(({ measures }) => measures);
        const points = own
          .filter(({ kept }) => kept !== undefined)
          .map(({ kept: share = NaN, maskedProbability: output = NaN }) => ({ share, output }))
          .sort((one, other) => one.share - other.share);
        expect(points.map(({ share }) => share.toFixed(2))).toEqual(['0.00', '0.25', '0.50', '0.75', '1.00']);
        const area = points.slice(1).reduce((sum, { share, output }, at) => {
          const before = points[at] ?? { share: NaN, output: NaN };
          return sum + ((share - before.share) * (output + before.output)) / 2;
        }, 0);
        const insertion = own.find((measures) => 'insertion' in measures)?.insertion ?? NaN;
        // The last point is the whole sample, whose output is once that of a masked sample of which all is kept: two float32 of one number.
        expect(Math.abs(insertion - area)).toBeLessThan(6e-8);
      }
    }
  });

  it('finds that SISE puts in early, and takes out early, what the model needs', () => {
    expect(valueOf('sise', 'insertion')).toBeGreaterThan(valueOf('random', 'insertion'));
    expect(valueOf('sise', 'deletion')).toBeLessThan(valueOf('random', 'deletion'));
  });

  it('compares methods sample by sample: the mean difference is the difference of the means, and surer than they', async () => {
    const { stdout } = await finish(
      'xaigrid',
      ['compare', 'latest', '--against', 'random', '--measure', 'insertion', '--format', 'json'],
      {
        folder,
      },
    );
    const [first, ...others] = comparisonsAnswerSchema.shape.comparisons.parse(JSON.parse(stdout));
    expect(others.map((row) => row.first)).toEqual(['shap-gradient']);
    expect(first).toMatchObject({ first: 'sise', second: 'random', samples: 40 });
    // Forty numbers up to 1, added up in another order.
    expect(first?.difference).toBeCloseTo(valueOf('sise', 'insertion') - valueOf('random', 'insertion'), 12);
    expect(first?.interval?.low).toBeGreaterThan(0);
    expect((first?.higher ?? 0) + (first?.lower ?? 0)).toBeLessThanOrEqual(40);
  });
});
