import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, type Finished } from '../support/processes.js';
import { smallSpec } from '../support/specs.js';

/** Three samples, the first of the data set, so that messages can name them. */
function spec(explainer: object): string {
  const { evaluations, ...whole } = JSON.parse(smallSpec({ samples: 3, first: true, keepFractions: [0.3] })) as {
    readonly evaluations: readonly object[];
  };
  return JSON.stringify({ ...whole, evaluations: evaluations.map((one) => ({ ...one, explainers: [explainer] })) });
}

describe('what a run says that is over and has nothing', () => {
  let folder: string;
  let failed: Finished;
  let id: string;
  let where: string;

  const xaigrid = (...args: string[]): Promise<Finished> => finish('xaigrid', args, { folder });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-failed-'));
    await writeFile(join(folder, 'maps.npy'), encodeNpy({ shape: [3, 40], data: new Float32Array(120).fill(NaN) }));
    await writeFile(join(folder, 'failing.json'), spec({ method: 'stored', path: 'maps.npy' }));
    where = join(folder, 'kept here');
    failed = await xaigrid('run', 'failing.json', '--store', where);
    id = /Stored as run (\w+)/.exec(failed.stderr)?.[1] ?? '';
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const standing = () => `Run ${id} is done with failures; see: xaigrid show ${id} --store '${where}'\n`;

  it('names the evaluation of every failure', () => {
    expect(failed.status).toBe(3);
    for (const sample of [0, 1, 2])
      expect(failed.stderr).toContain(
        `evaluation 0 (stored), sample ${sample} failed: NOT_FINITE: maps.npy holds NaN in row ${sample}`,
      );
  });

  it('is shown with the zone of its time, and without a name that stands for its file', async () => {
    const { stdout } = await xaigrid('show', id, '--store', where);
    expect(stdout).toMatch(/^\w+ {2}done-with-failures {2}[-\d]{10} [:\d]{8} UTC {2}small\n/);
    expect(stdout).toMatch(/stored version 1, explained class predicted, \{\}\n {2}file maps\.npy, /);
  }, 60_000);

  it('has nothing to draw, and no sample to choose', async () => {
    const drawn = await xaigrid('figures', id, 'plots', '--format', 'svg', '--store', where);
    // What the data set knows of its classes is all there is.
    expect([drawn.status, drawn.stdout]).toEqual([0, 'plots/cnn-mnist1d-class-templates.svg\n']);
    expect(drawn.stderr).toContain(`There are no scores to draw. ${standing()}`);
    for (const command of [
      ['figures', id, 'others'],
      ['report', id],
    ]) {
      const refused = await xaigrid(...command, '--sample', '99', '--store', where);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain(
        `USAGE: No sample can be drawn: there are no scores, and run ${id} is done with failures. Leave out --sample; see: xaigrid show ${id} --store '${where}'\n`,
      );
    }
  }, 120_000);

  it('does not talk as if more would come', async () => {
    const scores = await xaigrid('scores', id, '--degenerate', '--store', where);
    expect(scores.stderr).toContain(`There are no scores. ${standing()}`);
    const metrics = await xaigrid('metrics', id, '--store', where);
    expect(metrics.stderr).toContain(`cnn on mnist1d: No predictions are stored: run ${id} is done with failures.`);
    const map = await xaigrid('map', id, '--sample', '1', '--store', where);
    expect(map.stderr).toContain(`MAP_NOT_FOUND: No map is stored for sample 1. ${standing()}`);
    const unknown = await xaigrid('map', id, '--sample', '9', '--store', where);
    expect(unknown.stderr).toMatch(/There is no sample 9 in this evaluation: it has samples 0 to 2\.\n/);
  }, 120_000);

  it('of a run that is done, says which filter to take away and which samples there are', async () => {
    await writeFile(join(folder, 'done.json'), spec({ method: 'random' }));
    const done = await xaigrid('run', 'done.json', '--store', where);
    const [, other = ''] = /Stored as run (\w+)/.exec(done.stderr) ?? [];
    const none = await xaigrid('scores', other, '--degenerate', '--store', where);
    expect(none.stderr).toContain('No score matches. Remove a filter.\n');
    const unknown = await xaigrid('map', other, '--sample', '9', '--store', where);
    expect(unknown.stderr).toContain(`These have scores: xaigrid scores ${other} --store '${where}'\n`);
    const refused = await xaigrid('figures', other, 'others', '--sample', '9', '--store', where);
    expect(refused.stderr).toContain(
      `Sample 9 of cnn on mnist1d is not scored by all methods; 3 samples are. They are among these: xaigrid scores ${other} --store '${where}'\n`,
    );
  }, 120_000);
});
