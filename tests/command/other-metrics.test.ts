import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoresAnswerSchema } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository } from '../support/processes.js';

const spec = {
  name: 'other metrics',
  limit: 10,
  datasets: { patches: { kind: 'texture-patches', split: 'test', size: 20 } },
  models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
  evaluations: [
    {
      dataset: 'patches',
      model: 'vgg',
      explainers: ['sise', 'input-x-gradient', 'random'],
      metrics: [
        { metric: 'deletion-insertion', steps: 4 },
        'pointing-game',
        { metric: 'max-sensitivity', radius: [0.01, 0.1], perturbations: 2 },
        { metric: 'model-parameter-randomisation', layers: [1] },
      ],
    },
  ],
};

describe('a run without drop and increase', () => {
  let folder: string;
  let run: Awaited<ReturnType<typeof finish>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-metrics-'));
    await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
    run = await finish('xaigrid', ['run', 'spec.json'], { folder });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ranks methods by each of its measures, and heads its tables by their titles', () => {
    expect(run.status, run.stderr).toBe(0);
    for (const title of [
      'Insertion ↑',
      'Deletion ↓',
      'Energy pointing game ↑',
      'Max-sensitivity ↓',
      'Mean sensitivity ↓',
      'Similarity after randomisation ↓',
    ])
      expect(run.stdout).toMatch(new RegExp(`^ {2}${title} +1\\. `, 'm'));
    expect(run.stdout).toMatch(/Max-sensitivity +Mean sensitivity +Zero maps/);
    // The control's maps know nothing of the sample, and do not move with it.
    expect(run.stdout).toMatch(/Max-sensitivity ↓ +1\. random 0\.000/);
    // Nor with the weights.
    expect(run.stdout).toMatch(/Similarity after randomisation ↓ +.* 3\. random 1\.000/);
    expect(run.stdout).not.toContain('Drop rate');
  });

  it('compares, sorts and finds samples by any measure', async () => {
    const compared = await finish('xaigrid', ['compare', 'latest', '--measure', 'maxSensitivity'], { folder });
    expect(compared.status, compared.stderr).toBe(0);
    expect(compared.stdout).toContain('Max-sensitivity ↓, radius 0.1, perturbations 2');
    const args = [
      'scores',
      'latest',
      '--metric',
      'max-sensitivity',
      '--sort=-maxSensitivity',
      '--limit',
      '5',
      '--format',
      'json',
    ];
    const { scores } = scoresAnswerSchema.parse({
      scores: JSON.parse((await finish('xaigrid', args, { folder })).stdout) as unknown,
    });
    const values = scores.map(({ measures }) => measures.maxSensitivity ?? NaN);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(values.every((value) => value > 0)).toBe(true);
    const other = await finish('xaigrid', ['scores', 'latest', '--metric', 'pointing-game', '--sort', 'insertion'], { folder });
    expect(other.status).toBe(2);
    expect(other.stderr).toContain(
      'The measure "insertion" is of the metric deletion-insertion, of which nothing is chosen here.',
    );
  });

  it('has a report with every part: rankings, pairs, sweeps, distributions and samples', async () => {
    const written = await finish('xaigrid', ['report', 'latest', '--out', 'report.html'], { folder });
    expect(written.status, written.stderr).toBe(0);
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    const sections = [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(sections).toEqual(['results', 'curves', 'pairs', 'gallery', 'numbers', 'model', 'run']);
    for (const title of ['Max-sensitivity', 'Similarity after randomisation', 'Insertion', 'Energy pointing game'])
      expect(html).toContain(`<strong>${title}</strong>`);
    expect(html.match(/<figure/g)?.length).toBeGreaterThan(12);
    expect(html).not.toContain('Drop rate');
  });

  it('says before it is computed how often maps are drawn again', async () => {
    const { stdout, status } = await finish('xaigrid', ['validate', 'spec.json', '--json'], { folder });
    expect(status).toBe(0);
    // Its own map, two moves at each of two radii, and the map of the randomised model: a gradient pass each.
    expect(stdout).toMatch(/"label": "input-x-gradient"[^]*"gradient": 6\b/);
  });
});
