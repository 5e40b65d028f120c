import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@xaigrid/contracts';
import { encodeNpy, readNpy } from '@xaigrid/tensor';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type Finished } from '../support/processes.js';
import { smallSpec } from '../support/specs.js';

describe('the command on its own store', () => {
  let folder: string;
  let first: Finished;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-command-'));
    await writeFile(join(folder, 'spec.json'), smallSpec({ first: true }));
    first = await xaigrid('run', 'spec.json');
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', args, { folder });

  it('computes a spec and prints its table on stdout, everything else on stderr', () => {
    expect(first.status).toBe(0);
    const [taken = '', accuracy = '', summary = '', warnings = '', rows = ''] = first.stdout.trim().split('\n\n');
    expect(taken).toBe('mnist1d: the first 60 of 1000 samples.');
    expect(accuracy).toMatch(
      /^cnn on mnist1d: accuracy 0\.8\d\d \[.*\] on 60 samples; chance level 0\.1\d\d, for always predicting the most/,
    );
    expect(summary).toMatch(
      /^cnn on mnist1d, 60 samples; one of 2 settings: keep 0\.[37], baseline zero\n {2}Drop rate ↓ +1\. \S+ 0\.\d{3} +2\. .*\n {2}Increase rate ↑ +1\. /,
    );
    expect(warnings).toMatch(/^Before you believe the numbers:\n {2}60 samples are few: /);
    expect(rows).toMatch(/^Dataset +Model +Method +Explained class +Keep +Samples +Drop rate +Increase rate/);
    expect(rows.split('\n')).toHaveLength(2 + 3 * 2);
    expect(first.stderr).toContain('180 maps computed, 0 reused; 360 scores computed, 0 reused, one a sample and setting.');
    expect(first.stderr).toContain('xaigrid table');
  });

  it('writes no colour and no bar where there is no terminal', () => {
    expect(`${first.stdout}${first.stderr}`).not.toContain('\u001b');
  });

  it('tells percent that never fall and end at 100, and no time that is 0', () => {
    const lines = first.stderr.split('\n').filter((line) => line.includes('maps ') && line.includes(' %  '));
    const percents = lines.map((line) => Number(/^(\d+) % /.exec(line)?.[1]));
    expect(lines[0]).toBe('0 %  maps 0/180, samples scored 0/180, starting');
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(lines.at(-1)).toBe('100 %  maps 180/180, samples scored 180/180');
    expect(first.stderr).not.toMatch(/\b0 ?s left/);
  });

  it('computes nothing for the same spec again', async () => {
    const again = await xaigrid('run', 'spec.json', '--json');
    const { run, table } = z
      .object({ run: z.object({ counters: z.unknown() }), table: z.array(z.unknown()) })
      .parse(JSON.parse(again.stdout));
    expect(run.counters).toEqual({ mapsComputed: 0, mapsReused: 180, scoresComputed: 0, scoresReused: 360 });
    expect(table).toHaveLength(6);
  }, 60_000);

  it('computes only new samples when there are more of them', async () => {
    const more = await xaigrid('run', 'spec.json', '--limit', '70');
    expect(more.stderr).toContain('30 maps computed, 180 reused; 60 scores computed, 360 reused, one a sample and setting.');
  }, 60_000);

  it('says with --dry-run what would be computed, and computes nothing', async () => {
    const dry = await xaigrid('run', 'spec.json', '--dry-run', '--set', 'evaluations.0.metrics.0.keepFractions=[0.3, 0.4]');
    expect(dry.stdout).toContain(
      'mnist1d × cnn × sise: 0 maps to compute (60 of 60 stored), 60 scores to compute (60 of 120 stored)',
    );
    expect((await xaigrid('list')).stdout.trim().split('\n')).toHaveLength(2 + 3);
  }, 60_000);

  it('gives the same scores on the tensorflow engine up to rounding', async () => {
    const other = await xaigrid('run', 'spec.json', '--engine', 'tensorflow', '--limit', '10', '--json');
    const mine = await xaigrid('run', 'spec.json', '--limit', '10', '--json');
    const rates = (text: string): number[] =>
      z
        .object({ table: z.array(z.object({ measures: z.object({ drop: z.object({ value: z.number() }) }) })) })
        .parse(JSON.parse(text))
        .table.map(({ measures }) => measures.drop.value);
    const [theirs, ours] = [rates(other.stdout), rates(mine.stdout)];
    // Ten samples: one position more or less kept in one of them moves a rate by at most a tenth.
    theirs.forEach((rate, index) => expect(Math.abs(rate - (ours[index] ?? NaN))).toBeLessThan(0.02));
  }, 180_000);

  it('queries scores by sample, method, setting and drop, sorted', async () => {
    const { stdout } = await xaigrid(
      'scores',
      'latest',
      '--method',
      'sise',
      '--keep',
      '0.3',
      '--min',
      'drop=0.01',
      '--drop-max',
      '0.9',
      '--sort=-drop',
      '--limit',
      '5',
      '--format',
      'json',
    );
    const rows = z
      .array(
        z.object({
          method: z.literal('sise'),
          setting: z.object({ keepFraction: z.literal(0.3) }),
          measures: z.object({ drop: z.number().min(0.01).max(0.9) }),
        }),
      )
      .parse(JSON.parse(stdout));
    const drops = rows.map(({ measures }) => measures.drop);
    expect(drops.length).toBeGreaterThan(0);
    expect(drops).toEqual([...drops].sort((a, b) => b - a));
  }, 60_000);

  it('prints a map as a picture and saves it as .npy', async () => {
    const picture = await xaigrid('map', 'latest', '--method', 'sise', '--sample', '5');
    expect(picture.stdout).toMatch(
      /sise, sample 5, label \d.*\n\ninput {2}\(.*\)\n[▁-█]{40}\n\nmap {2}\(.*\)\n[▁-█]{40}\n\nkeptFeatureMaps \d+\n/,
    );
    const saved = await xaigrid('map', 'latest', '--method', 'sise', '--sample', '5', '--npy', 'map.npy');
    expect(saved.stderr).toContain('map.npy: float32 40');
    expect((await readNpy(join(folder, 'map.npy'), { name: 'map.npy' })).shape).toEqual([40]);
  }, 60_000);

  it('exports a run with a manifest whose hashes are right', async () => {
    const { status } = await xaigrid('export', 'latest', 'export');
    expect(status).toBe(0);
    const manifest = z
      .object({ files: z.array(z.object({ name: z.string(), sha256: z.string() })) })
      .parse(JSON.parse(await readFile(join(folder, 'export', 'manifest.json'), 'utf8')));
    expect(manifest.files.map(({ name }) => name)).toEqual([
      'spec.yaml',
      'table.json',
      'table.csv',
      'scores.csv',
      ...['maps/0-sise', 'maps/1-shap-deep', 'maps/2-shap-gradient'].flatMap((name) => [`${name}.npy`, `${name}.csv`]),
    ]);
    const records = await readFile(join(folder, 'export', 'maps/2-shap-gradient.csv'), 'utf8');
    expect(records).toMatch(
      /^sample,degenerate,additivityError,maxStandardError,meanStandardError\n0,false,[\d.e-]+,[\d.e-]+,[\d.e-]+\n/,
    );
    for (const file of manifest.files) expect(sha256(await readFile(join(folder, 'export', file.name)))).toBe(file.sha256);
  }, 60_000);

  it('exports Parquet tables in place of CSV, and refuses other formats', async () => {
    expect((await xaigrid('export', 'latest', 'tables', '--format', 'parquet')).status).toBe(0);
    const files = await readdir(join(folder, 'tables'));
    expect(files.sort()).toEqual([
      ...['failures.parquet', 'manifest.json', 'maps', 'predictions.parquet', 'scores.parquet', 'spec.yaml'],
      ...['table.json', 'table.parquet'],
    ]);
    const refused = await xaigrid('export', 'latest', 'others', '--format', 'parket');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--format parket: expected one of csv, parquet. Did you mean');
  }, 60_000);

  it('refuses a report for a folder that is not there before it does the work', async () => {
    const refused = await xaigrid('report', 'latest', '--out', 'nowhere/report.html');
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      /^xaigrid: FOLDER_UNWRITABLE: The folder \/\S+\/nowhere does not exist: make it, or choose another/,
    );
  }, 60_000);

  it('stops in order on Ctrl-C and goes on with resume', async () => {
    await writeFile(join(folder, 'long.json'), smallSpec({ samples: 400, shardSize: 4, keepFractions: [0.35] }));
    const running = start('xaigrid', ['run', 'long.json'], { folder });
    await running.says(/maps [1-9]\d*\//);
    running.kill('SIGINT');
    const interrupted = await running.finished;
    expect(interrupted.status).toBe(130);
    expect(interrupted.stderr).toMatch(/Continue with: xaigrid resume \w+/);
    expect((await xaigrid('list', '--limit', '1')).stdout).toContain('interrupted');
    const resumed = await xaigrid('resume', 'latest');
    expect(resumed.status).toBe(0);
    expect(resumed.stdout).toContain('400');
  }, 180_000);

  it('goes on after kill -9, its Postgres orphaned', async () => {
    await writeFile(join(folder, 'killed.json'), smallSpec({ samples: 420, shardSize: 4, keepFractions: [0.45] }));
    const running = start('xaigrid', ['run', 'killed.json'], { folder });
    await running.says(/maps \d+\//);
    running.kill('SIGKILL');
    await running.finished;
    const resumed = await xaigrid('resume', 'latest');
    expect(resumed.stderr).toContain('Stored as run');
    expect(resumed.status).toBe(0);
  }, 180_000);

  it('records samples that fail, finishes the others with exit status 3, says whether another attempt may help, and makes it when asked', async () => {
    const maps = Float32Array.from({ length: 60 * 40 }, (_, index) => Math.sin(index));
    const broken = maps.slice();
    broken[33 * 40] = NaN;
    await writeFile(join(folder, 'maps.npy'), encodeNpy({ shape: [60, 40], data: broken }));
    const spec = smallSpec({ first: true, shardSize: 10, keepFractions: [0.3] }).replace(
      '{"method":"sise"}',
      '{"method":"stored","path":"maps.npy"}',
    );
    await writeFile(join(folder, 'failing.json'), spec);
    const failed = await xaigrid('run', 'failing.json');
    expect(failed.status).toBe(3);
    expect(failed.stdout).toMatch(/stored .* 59 of 60 /);
    expect(failed.stderr).toContain('sample 33 failed: NOT_FINITE: maps.npy holds NaN in row 33, the map of sample 33.');
    // The file is in the store by its hash: another attempt reads the same.
    expect(failed.stderr).toContain('Another attempt would fail in the same way');
    expect(failed.stderr).not.toContain('--failed');
    const shown = await xaigrid('show', 'latest');
    expect(shown.stdout).toContain('sample 33, explain');
    expect(shown.stdout).toMatch(/^ {2}metrics drop-increase/m);
    const bytes = await readFile(join(folder, 'maps.npy'));
    expect(shown.stdout).toContain(`file maps.npy, ${bytes.length} bytes, sha256 ${sha256(bytes)}`);
    expect(shown.stdout).toMatch(/background 50 of 1000 samples of mnist1d, drawn by the seed, fingerprint [0-9a-f]{12}$/m);
    const again = await xaigrid('resume', 'latest', '--failed');
    expect(again.status).toBe(3);
    expect(again.stderr).toContain('sample 33 failed');
  }, 120_000);

  it('frees with gc what no run needs', async () => {
    const ids = (await xaigrid('list')).stdout
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => line.slice(0, 10));
    const refused = await xaigrid('remove', ...ids);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('There is no terminal to ask for confirmation. Add --yes'),
    ]);
    expect((await xaigrid('remove', ...ids, '--yes')).status).toBe(0);
    expect((await xaigrid('gc')).stdout).toMatch(/^[1-9]\d* maps/);
    expect((await xaigrid('gc')).stdout).toMatch(/^0 maps/);
  }, 120_000);

  it('starts a newcomer off: init, validate, run', async () => {
    expect((await xaigrid('init')).status).toBe(0);
    expect((await xaigrid('init')).status).toBe(2);
    expect((await xaigrid('validate', 'xaigrid.yaml')).stderr).toContain('is valid: 2 evaluations');
    expect((await xaigrid('run', 'xaigrid.yaml', '--limit', '20')).status).toBe(0);
  }, 120_000);

  it('says with doctor what the machine has', async () => {
    const { status, stdout } = await xaigrid('doctor');
    expect(stdout).toMatch(/ok +onnxruntime/);
    expect(stdout).toMatch(/ok +store +Postgres 1\d/);
    expect(status).toBe(0);
  }, 60_000);

  it('prints completion scripts that bash accepts', async () => {
    const { stdout } = await xaigrid('completion', 'bash');
    expect(stdout).toContain('complete -o filenames -F _xaigrid xaigrid');
    expect(stdout).toContain('run) COMPREPLY=($(compgen -W "--set --server');
  });

  it('describes itself', async () => {
    const help = await xaigrid('--help');
    expect(help.status).toBe(0);
    for (const command of [
      'init',
      'validate',
      'run',
      'resume',
      'cancel',
      'list',
      'show',
      'table',
      'scores',
      'map',
      'export',
      'gc',
      'doctor',
      'completion',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    const version = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(`${repository}apps/cli/package.json`, 'utf8')));
    expect((await xaigrid('--version')).stdout.trim()).toBe(version.version);
  });
});
