import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '@xaigrid/tensor';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDataset } from '../support/demo-models.js';
import { finish, repository, type Finished } from '../support/processes.js';

const resultSchema = z.object({
  run: z.object({
    state: z.string(),
    failures: z.array(
      z.object({ evaluation: z.int(), start: z.int(), end: z.int(), stage: z.string(), code: z.string(), message: z.string() }),
    ),
  }),
  table: z.array(z.object({ method: z.string(), samples: z.int(), planned: z.int() })),
});
const scoresSchema = z.array(
  z.looseObject({ method: z.string(), sampleIndex: z.int(), measures: z.record(z.string(), z.unknown()) }),
);

/** Each is one of many in its shard, and costs no other sample its map or score. */
describe('a bad sample', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-bad-samples-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', args, { folder });

  async function run(name: string, spec: object): Promise<z.output<typeof resultSchema> & { status: number | null }> {
    await writeFile(join(folder, name), JSON.stringify(spec));
    const { status, stdout, stderr } = await xaigrid('run', name, '--json');
    expect(status, stderr).not.toBe(1);
    return { status, ...resultSchema.parse(JSON.parse(stdout)) };
  }

  async function scores(): Promise<z.output<typeof scoresSchema>> {
    const { stdout } = await xaigrid('scores', 'latest', '--format', 'json', '--limit', '10000');
    return scoresSchema.parse(JSON.parse(stdout));
  }

  it('whose prediction is not finite fails alone, with its number; the others have the scores they have without it', async () => {
    const SAMPLES = 50;
    const BAD = 37;
    const dataset = await openDataset({ kind: 'mnist1d' });
    const { inputs, labels } = await dataset.read(0, SAMPLES);
    await dataset.close();
    await writeFile(join(folder, 'y.npy'), encodeNpy({ shape: [SAMPLES], data: labels }));
    const write = (): Promise<void> => writeFile(join(folder, 'x.npy'), encodeNpy(inputs));
    const spec = {
      name: 'bad',
      shardSize: SAMPLES,
      datasets: { signals: { kind: 'npy', x: 'x.npy', y: 'y.npy' } },
      models: { cnn: { path: `${repository}models/mnist1d-cnn/model.json` } },
      evaluations: [
        {
          ...{ dataset: 'signals', model: 'cnn', explainers: [{ method: 'sise' }, { method: 'random' }] },
          metrics: [{ metric: 'drop-increase', keepFractions: [0.3] }],
        },
      ],
    };
    await write();
    expect((await run('good.json', spec)).status).toBe(0);
    const expected = (await scores()).filter(({ sampleIndex }) => sampleIndex !== BAD);

    // A number that a file may hold, and the model cannot take.
    const stride = inputs.data.length / SAMPLES;
    inputs.data.fill(3e38, BAD * stride, (BAD + 1) * stride);
    await write();
    const { status, run: details, table } = await run('bad.json', spec);
    expect(status).toBe(3);
    expect(details.state).toBe('done-with-failures');
    expect(details.failures.toSorted((a, b) => a.evaluation - b.evaluation)).toMatchObject(
      [0, 1].map((evaluation) => ({
        ...{ evaluation, start: BAD, end: BAD + 1, stage: 'explain', code: 'NOT_FINITE' },
        message: expect.stringMatching(new RegExp(`^The model's output on sample ${BAD} holds (?:NaN|-?Infinity)\\.`)) as string,
      })),
    );
    expect(table.map(({ samples, planned }) => [samples, planned])).toEqual([
      [SAMPLES - 1, SAMPLES],
      [SAMPLES - 1, SAMPLES],
    ]);
    expect(await scores()).toEqual(expected);
    expect((await xaigrid('show', 'latest')).stdout).toContain(
      `sample ${BAD}, explain, 1 attempt, another would fail in the same way: NOT_FINITE`,
    );

    const again = await xaigrid('resume', 'latest', '--failed');
    expect(again.status).toBe(3);
    expect(again.stderr).toContain(`sample ${BAD} failed: NOT_FINITE`);
    expect(await scores()).toEqual(expected);
  });

  it('that is an image which does not decode fails alone, with its name', async () => {
    const IMAGES = 12;
    const side = 48;
    await mkdir(join(folder, 'images', 'noise'), { recursive: true });
    for (let image = 0; image < IMAGES; image++) {
      const noise = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 7919 + image * 104_729) % 251);
      const png = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer();
      // Its header is whole: it is found out when it is decoded.
      const bytes = image === 5 ? png.subarray(0, png.length >> 1) : png;
      await writeFile(join(folder, 'images', 'noise', `${String(image).padStart(2, '0')}.png`), bytes);
    }
    const {
      status,
      run: details,
      table,
    } = await run('images.json', {
      name: 'images',
      shardSize: IMAGES,
      datasets: { images: { kind: 'image-folder', path: 'images', size: 64 } },
      models: { vgg: { path: `${repository}models/texture-patches-vgg/model.json` } },
      evaluations: [
        {
          ...{ dataset: 'images', model: 'vgg', explainers: [{ method: 'gradient' }] },
          metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }],
        },
      ],
    });
    expect(status).toBe(3);
    expect(details.failures).toMatchObject([
      {
        ...{ start: 5, end: 6, stage: 'explain', code: 'DATASET_UNREADABLE' },
        message: expect.stringMatching(/^The image noise\/05\.png is damaged /) as string,
      },
    ]);
    expect(table.map(({ samples, planned }) => [samples, planned])).toEqual([[IMAGES - 1, IMAGES]]);
  });
});
