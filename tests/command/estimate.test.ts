import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '@xaigrid/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { finish, repository, type Finished } from '../support/processes.js';

const SAMPLES = 12;
const vgg = { limit: SAMPLES, datasets: { textures: { kind: 'texture-patches', split: 'test', size: 40 } } };
/** Maps with and without channels, small and in parts; two metrics, one of which does not run the model. */
const spec = {
  name: 'costs',
  ...vgg,
  models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
  evaluations: [
    {
      dataset: 'textures',
      model: 'vgg',
      explainers: [{ method: 'sise', maskBudget: 2 }, { method: 'smooth-grad', draws: 3 }, { method: 'random' }],
      metrics: [{ metric: 'drop-increase', keepFractions: [0.3, 0.5] }, { metric: 'pointing-game' }],
    },
  ],
};
const one = {
  ...spec,
  evaluations: [{ ...spec.evaluations[0], explainers: [{ method: 'random' }], metrics: [{ metric: 'pointing-game' }] }],
};

const estimateSchema = z.object({
  passes: z.object({ forward: z.int(), gradient: z.int(), atMost: z.literal(true).optional() }),
  flop: z.int(),
  seconds: z.number().nonnegative(),
  bytes: z.object({ maps: z.int(), predictions: z.int(), scores: z.int() }),
});
const validatedSchema = z.array(
  z.strictObject({
    ...{ dataset: z.string(), model: z.string(), label: z.string(), samples: z.int(), settings: z.int() },
    estimate: estimateSchema,
  }),
);
const dryRunSchema = z.array(
  z.strictObject({
    ...{
      dataset: z.string(),
      model: z.string(),
      label: z.string(),
      samples: z.int(),
      storedMaps: z.int(),
      settings: z.int(),
      storedScores: z.int(),
    },
    estimate: estimateSchema,
  }),
);

let folder: string;
const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', args, { folder });
const dryRun = async (...args: string[]) =>
  dryRunSchema.parse(JSON.parse((await xaigrid('run', 'spec.json', '--store', 'store', '--dry-run', '--json', ...args)).stdout));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xaigrid-estimate-'));
  await writeFile(join(folder, 'spec.json'), JSON.stringify(spec));
  await writeFile(join(folder, 'one.json'), JSON.stringify(one));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what a run would take', () => {
  it('validate takes the engine, device, samples and threads of a run as options', async () => {
    const { stdout, stderr } = await xaigrid('validate', 'spec.json', '--limit', '7', '--threads', '1', '--device', 'cpu');
    expect(stdout).toContain('7 of ');
    expect(stderr).toContain('with 1 engine of one thread');
    const unknown = await xaigrid('validate', 'spec.json', '--device', 'moon');
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('device') as string });
  });

  it('validate tells passes, FLOP, time and bytes of each evaluation, and of all', async () => {
    const { stdout, stderr } = await xaigrid('validate', 'spec.json');
    expect(stdout).toMatch(/^textures × vgg × sise: 12 of 40 samples: [^\n]*; 3 settings\n/);
    expect(stdout).toMatch(/\nData set +Model +Explainer +Forward +Gradient +FLOP +Time +Stored\n─+\n/);
    // Three layers of two feature maps, two keep fractions, and the prediction, which the others then find.
    expect(stdout).toMatch(/sise +≤ 9 +1 +[\d.]+ G +(< )?\d[^\n]*[sn] +\d/);
    expect(stdout).toMatch(/smooth-grad +2 +3 +[\d.]+ G/);
    expect(stdout).toMatch(/random +2 +0 +[\d.]+ M/);
    // The time is "about" so much, or "< 0.1 s" where passes are fast.
    expect(stdout).toMatch(/\nIn all: at most [\d.]+ GFLOP, (about \d|< )[^,]+ on this machine, [\d.]+ kB to store\.\n$/);
    expect(stderr).toMatch(/Time: passes measured just now on this machine, with \d+ engines? of one thread each\./);
    expect(stderr).toContain('spec.json is valid: 3 evaluations.');
  }, 120_000);

  it('one of something is one', async () => {
    const { stdout, stderr } = await xaigrid('validate', 'one.json');
    expect(stdout).toMatch(/; 1 setting\n/);
    expect(stderr).toContain('one.json is valid: 1 evaluation.');
  }, 120_000);

  it('fits 80 columns', async () => {
    const { stdout } = await xaigrid('validate', 'spec.json');
    const [, table = ''] = stdout.split('\n\n');
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  }, 120_000);

  it('tells before a run what the run then stores, and after it that nothing is left', async () => {
    const validated = validatedSchema.parse(JSON.parse((await xaigrid('validate', 'spec.json', '--json')).stdout));
    const before = await dryRun();
    const told = (found: typeof before | typeof validated) =>
      found.map(({ estimate: { passes, flop, bytes } }) => ({ passes, flop, bytes }));
    expect(told(before)).toEqual(told(validated));

    expect((await xaigrid('run', 'spec.json', '--store', 'store')).stderr).toContain('36 maps computed');
    const sum = (of: (bytes: z.output<typeof estimateSchema>['bytes']) => number): number =>
      before.reduce((total, { estimate }) => total + of(estimate.bytes), 0);
    expect({
      maps: sum(({ maps }) => maps),
      predictions: sum(({ predictions }) => predictions),
      scores: sum(({ scores }) => scores),
    }).toEqual(await storedBytes(join(folder, 'store', 'postgres')));

    const nothing = { forward: 0, gradient: 0 };
    for (const { estimate } of await dryRun())
      expect(estimate).toEqual({ passes: nothing, flop: 0, seconds: 0, bytes: { maps: 0, predictions: 0, scores: 0 } });
  }, 240_000);

  it('counts only what is not stored: a keep fraction more is a pass more, of no map', async () => {
    const [, smooth] = await dryRun('--set', 'evaluations.0.metrics.0.keepFractions=[0.3, 0.5, 0.7]');
    expect(smooth).toMatchObject({ storedMaps: SAMPLES, storedScores: 3 * SAMPLES, settings: 4 });
    expect(smooth?.estimate.bytes).toEqual({ maps: 0, predictions: 0, scores: SAMPLES * 6 * 8 });
    const text = await xaigrid('run', 'spec.json', '--store', 'store', '--dry-run', '--set', 'limit=13');
    expect(text.stdout).toMatch(/^textures × vgg × sise: \d+ maps? to compute \(\d+ of 13 stored\)/);
    expect(text.stdout).toMatch(/\nIn all: at most /);
  }, 120_000);
});

/** Of a database that nobody serves at the moment. */
async function storedBytes(serverFolder: string) {
  const server = await startEmbeddedPostgres({ folder: serverFolder });
  const client = new pg.Client({ connectionString: server.url });
  try {
    await client.connect();
    const sumOf = async (query: string) =>
      z.array(z.object({ bytes: z.coerce.number() })).parse((await client.query(query)).rows)[0]?.bytes;
    return {
      maps: await sumOf(
        'SELECT sum(octet_length("data")) AS bytes FROM (SELECT "data" FROM "map" UNION ALL SELECT "data" FROM "map_part") AS stored',
      ),
      predictions: await sumOf('SELECT sum(4 * cardinality("outputs")) AS bytes FROM "prediction"'),
      scores: await sumOf('SELECT sum(8 * cardinality("measures")) AS bytes FROM "score"'),
    };
  } finally {
    await client.end();
    await server.stop();
  }
}
