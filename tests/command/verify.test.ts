import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository } from '../support/processes.js';

/** What another laboratory does with an exported run: hashes and numbers are checked, in a folder that has no store. */
describe('verify on an export', () => {
  let folder: string;
  let other: string;
  const spec = {
    ...{ name: 'verified', limit: 12, datasets: { digits: { kind: 'mnist1d', split: 'test' } } },
    models: { cnn: { path: 'models/mnist1d-cnn/model.json' } },
    evaluations: [
      {
        ...{ dataset: 'digits', model: 'cnn', explainers: ['sise', 'gradient'] },
        metrics: [{ metric: 'drop-increase', keepFractions: [0.1, 0.3] }, 'complexity'],
      },
    ],
  };
  const verify = (...args: string[]) => finish('xaigrid', ['verify', ...args], { folder: other });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-verify-test-'));
    other = join(folder, 'other');
    await mkdir(join(folder, 'specs'));
    await mkdir(other);
    for (const place of [join(folder, 'specs'), other])
      await cp(`${repository}models/mnist1d-cnn`, join(place, 'models/mnist1d-cnn'), { recursive: true });
    await writeFile(join(folder, 'specs', 'spec.json'), JSON.stringify(spec));
    for (const args of [
      ['run', 'specs/spec.json'],
      ['export', 'latest', 'other/csv'],
      ['export', 'latest', 'other/parquet', '--format', 'parquet', '--method', 'sise'],
    ]) {
      const { status, stderr } = await finish('xaigrid', args, { folder });
      expect(status, stderr).toBe(0);
    }
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A copy of an export in which a file is another, and the manifest says its hash: what is claimed is wrong, not damaged. */
  async function forged(name: string, change: (path: string) => Promise<void>): Promise<string> {
    const copy = await mkdtemp(join(other, 'forged-'));
    await cp(join(other, 'csv'), copy, { recursive: true });
    await change(join(copy, name));
    const manifest = await readFile(join(copy, 'manifest.json'), 'utf8');
    const sums = await Promise.all(
      [join(other, 'csv', name), join(copy, name)].map(async (path) =>
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ),
    );
    await writeFile(join(copy, 'manifest.json'), manifest.replace(sums[0] ?? '', sums[1] ?? ''));
    return copy;
  }

  it('computes samples again, where the models are, and finds the same bits', async () => {
    const { status, stdout, stderr } = await verify('csv', '--samples', '5');
    expect(stderr).toContain('all 8 files have the hashes of the manifest');
    expect(stderr).toMatch(/Verified on the first samples of its choice\.\n$/);
    // 5 samples: 2 settings of 6 numbers, and 1 of 2.
    expect(stdout).toBe(
      ['sise', 'gradient']
        .map((label) => `${label}, cnn on digits: 5 maps: all equal bit by bit; 70 numbers of its scores: all equal bit by bit\n`)
        .join(''),
    );
    expect(status).toBe(0);
  });

  it('takes tables of Parquet, and only what was exported', async () => {
    const { status, stdout, stderr } = await verify('parquet', '--json');
    expect(status, stderr).toBe(0);
    const { holds, evaluations } = JSON.parse(stdout) as { readonly holds: boolean; readonly evaluations: readonly unknown[] };
    const agreement = { different: 0, missing: 0, largest: 0 };
    expect([holds, evaluations]).toEqual([
      true,
      [
        {
          ...{ evaluation: 0, dataset: 'digits', model: 'cnn', label: 'sise' },
          maps: { ...agreement, compared: 10, equal: 10 },
          scores: { ...agreement, compared: 140, equal: 140 },
        },
      ],
    ]);
  });

  it('says which files are not those of the manifest', async () => {
    const copy = join(other, 'damaged');
    await cp(join(other, 'csv'), copy, { recursive: true });
    await writeFile(join(copy, 'scores.csv'), 'dataset\n');
    await rm(join(copy, 'table.csv'));
    const { status, stderr } = await verify('damaged');
    expect(status).toBe(1);
    expect(stderr).toContain('EXPORT_DAMAGED: damaged is not as it was exported:');
    expect(stderr).toContain('  scores.csv: it has another content than when it was exported.');
    expect(stderr).toContain('  table.csv: it is missing.');
  });

  it('finds a score that was made up', async () => {
    const copy = await forged('scores.csv', async (path) => {
      const [header = '', first = '', ...lines] = (await readFile(path, 'utf8')).split('\n');
      const cells = first.split(',');
      // The last number of the first row that is not empty.
      const at = cells.findLastIndex((cell) => cell !== '');
      cells[at] = '0.123456';
      await writeFile(path, [header, cells.join(','), ...lines].join('\n'));
    });
    const { status, stdout, stderr } = await verify(copy, '--samples', '12');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^sise, .*168 numbers of its scores: 167 equal bit by bit, .*, 1 by more than is allowed\n/);
    expect(stderr).toContain('Not verified');
  });

  it('finds a map that was made up, and one that is left out', async () => {
    const copy = await forged('maps/0-sise.npy', async (path) => {
      const file = await open(path, 'r+');
      const { size } = await file.stat();
      // The last map is [1] everywhere, and there is none before it.
      await file.write(Buffer.from(new Float32Array(40).fill(1).buffer), 0, 160, size - 160);
      await file.write(Buffer.from(new Float32Array(40).fill(NaN).buffer), 0, 160, size - 320);
      await file.close();
    });
    const { status, stdout } = await verify(copy, '--samples', '12');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^sise, .*: 11 maps: 10 equal bit by bit, .*, 1 by more than is allowed, 1 not in the export;/);
  });

  it('says that data or models here are others', async () => {
    const { status, stderr } = await verify('csv', '--set', 'datasets.digits.split=train');
    expect(status).toBe(1);
    expect(stderr).toMatch(/NOT_REPRODUCED: Evaluation 0 \(sise\): data set "digits" here is not that of the export/);
    const seeded = await verify('csv', '--set', 'seed=7', '--samples', '2');
    expect(seeded.stderr).toMatch(/NOT_REPRODUCED: .*If the run was changed by options or --set, give the same --set here/);
    const elsewhere = await verify('csv', '--base', '..');
    expect([elsewhere.status, elsewhere.stderr]).toEqual([2, expect.stringMatching(/models\/mnist1d-cnn\/model\.json/)]);
  });

  it('refuses a folder that is no export, and names that lead out of it', async () => {
    const none = await verify('models');
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringMatching(/EXPORT_UNREADABLE: models\/manifest\.json cannot be read/),
    ]);
    const copy = join(other, 'leading-out');
    await cp(join(other, 'csv'), copy, { recursive: true });
    const manifest = await readFile(join(copy, 'manifest.json'), 'utf8');
    await writeFile(join(copy, 'manifest.json'), manifest.replace('"table.csv"', '"../../specs/spec.json"'));
    const out = await verify('leading-out');
    expect([out.status, out.stderr]).toEqual([1, expect.stringContaining('its name leads out of the folder')]);
  });
});
