import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableRowSchema } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { finish, repository } from '../support/processes.js';

const spec = {
  name: 'controls',
  limit: 12,
  // With one seed in 40 random maps lie off a constant one by chance, as the interval says.
  seed: 1,
  controls: true,
  datasets: { patches: { kind: 'texture-patches', split: 'test', size: 20 } },
  models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
  evaluations: [
    {
      dataset: 'patches',
      model: 'vgg',
      explainers: ['grad-cam', { method: 'random', name: 'chance' }],
      metrics: ['auc', 'pointing-game', { metric: 'max-sensitivity', perturbations: 2 }],
    },
  ],
};
const labels = ['grad-cam', 'chance', 'constant', 'edges', 'centre'];

describe('a run with controls', () => {
  let folder: string;
  let run: Awaited<ReturnType<typeof finish>>;
  let rows: z.infer<typeof tableRowSchema>[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-controls-'));
    await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
    run = await finish('xaigrid', ['run', 'spec.json'], { folder });
    const { stdout } = await finish('xaigrid', ['table', 'latest', '--format', 'json'], { folder });
    rows = z.array(tableRowSchema).parse(JSON.parse(stdout));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const rowOf = (label: string, metric: string) => rows.find((row) => row.label === label && row.metric === metric);
  const codesOf = (label: string, metric: string) => rowOf(label, metric)?.against?.map(({ code }) => code);

  it('has each of them once in every table, marked as such', () => {
    expect(run.status, run.stderr).toBe(0);
    for (const metric of ['auc', 'max-sensitivity'])
      expect(rows.flatMap((row) => (row.metric === metric ? [row.label] : []))).toEqual(labels);
    for (const label of labels.slice(1)) expect(run.stdout).toContain(`${label} (control)`);
  });

  it('gives a constant map what says nothing: an area of ½ for every sample, and no change', () => {
    expect(rowOf('constant', 'auc')?.measures.auc?.value).toBe(0.5);
    expect(rowOf('constant', 'max-sensitivity')?.measures.maxSensitivity?.value).toBe(0);
  });

  it('says what speaks against each row', () => {
    expect(codesOf('constant', 'auc')).toEqual(['not-better-than-random', 'degenerate', 'same-scores']);
    expect(rowOf('constant', 'auc')?.against?.[1]?.text).toBe('12 of 12 maps are the same everywhere');
    // Its share of the mass is that of the region's area, around which those of random maps lie.
    expect(codesOf('constant', 'pointing-game')).toEqual(['not-better-than-random', 'degenerate', 'ties']);
    expect(codesOf('grad-cam', 'auc')).toEqual([]);
    // Of robustness nobody asks that random maps be beaten: they never move.
    expect(codesOf('edges', 'max-sensitivity')).toEqual([]);
  });

  it('says it in the table, in show and in what is exported', async () => {
    const table = await finish('xaigrid', ['table', 'latest', '--metric', 'pointing-game'], { folder });
    expect(table.stdout).toMatch(/^ *constant \(control\).* rdt$/m);
    expect(table.stdout).toContain('  r  no better than random maps');
    const shown = await finish('xaigrid', ['show', 'latest'], { folder });
    expect(shown.stdout).toContain('against it: degenerate: 12 of 12 maps are the same everywhere');
    const exported = await finish('xaigrid', ['table', 'latest', '--format', 'csv'], { folder });
    expect(exported.stdout.split('\n')[0]).toContain(',degenerate,against,');
    expect(exported.stdout).toContain(',12,degenerate same-scores,');
  });
});
