import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparisonsAnswerSchema, rankingsAnswerSchema } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository } from '../support/processes.js';

const specOf = (limit: number, layers: string): object => ({
  ...{ name: 'rank', limit, datasets: { digits: { kind: 'mnist1d', split: 'test' } } },
  models: { cnn: { path: `${repository}models/mnist1d-cnn/model.json` } },
  evaluations: [
    {
      ...{ dataset: 'digits', model: 'cnn' },
      explainers: [{ method: 'sise', gradientThreshold: layers === 'few' ? 0.5 : 0 }, 'gradient', 'occlusion', 'random'],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.1, 0.3] }, 'complexity', 'sparseness'],
    },
  ],
});

describe('rank and compare on stored runs', () => {
  let folder: string;
  const xaigrid = (...args: string[]) => finish('xaigrid', args, { folder });
  const json = async (...args: string[]): Promise<unknown> => {
    const { status, stdout, stderr } = await xaigrid(...args, '--format', 'json');
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-rank-'));
    for (const [name, limit, layers] of [
      ['one', 30, 'all'],
      ['two', 20, 'few'],
    ] as const) {
      await writeFile(join(folder, `${name}.json`), JSON.stringify(specOf(limit, layers)));
      const { status, stderr } = await xaigrid('run', `${name}.json`);
      expect(status, stderr).toBe(0);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ranks methods by each metric, tells which metrics agree, and answers the same every time', async () => {
    const { rankings } = rankingsAnswerSchema.parse({ rankings: await json('rank', 'latest') });
    expect(rankings.map(({ methods, columns, agreements }) => [methods.length, columns.length, agreements.length])).toEqual([
      [4, 3, 3],
    ]);
    const [ranking] = rankings;
    for (const { values, ranks, direction } of ranking?.columns ?? []) {
      const best = ranks.indexOf(1);
      const numbers = values.map((value) => value ?? NaN);
      expect(numbers[best]).toBe(direction === 'lower' ? Math.min(...numbers) : Math.max(...numbers));
    }
    // Both say how few positions a map has: entropy and Gini index.
    const [, , sparse] = ranking?.agreements ?? [];
    expect(sparse).toMatchObject({ methods: 3, overSamples: { samples: 20, verdict: 'agree' } });
    expect(await json('rank', 'latest')).toEqual(await json('rank'));
    const { stdout } = await xaigrid('rank', 'latest');
    expect(stdout).toContain('cnn on digits: 4 methods ranked by 3 metrics\n');
    expect(stdout).toContain('Agreement is of the methods besides the control random.\n');
  });

  it('compares each method across two runs, on the samples that both have', async () => {
    const { runs } = await xaigrid('list', '--json').then(({ stdout }) => ({ runs: JSON.parse(stdout) as { id: string }[] }));
    const [two = '', one = ''] = runs.map(({ id }) => id);
    const options = ['--measure', 'drop', '--keep', '0.3', '--test', 'wilcoxon'];
    const { comparisons } = comparisonsAnswerSchema.parse({ comparisons: await json('compare', one, two, ...options) });
    expect(comparisons.map(({ method, samples, test }) => [method, samples, test?.name, test?.family])).toEqual(
      ['sise', 'gradient', 'occlusion', 'random'].map((method) => [method, 20, 'wilcoxon', 4]),
    );
    // SISE has another threshold; the maps of the others are the same.
    const [sise, ...others] = comparisons;
    expect((sise?.higher ?? 0) + (sise?.lower ?? 0)).toBeGreaterThan(0);
    for (const { difference, test } of others) expect([difference, test?.holm]).toEqual([0, 1]);
  });

  it.each([
    [['compare', 'latest', '--across', 'models'], /there is one model here: cnn\. Name another run that has another model\./],
    [['compare', 'latest', '--across', 'metods'], /expected one of methods, runs, models, datasets\. Did you mean "methods"\?/],
    [['compare', 'latest', '--test', 't'], /--test t: expected one of bootstrap, wilcoxon\./],
    [['compare', 'latest', '--across', 'runs', '--against', 'random'], /--against names a second method/],
    [['rank', 'latest', '--metric', 'nothing'], /has no metric "nothing"/],
  ])('%j is refused in one sentence', async (args, sentence) => {
    const { status, stderr } = await xaigrid(...args);
    expect([status, stderr]).toEqual([2, expect.stringMatching(sentence)]);
  });
});
