import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDetailsSchema, type Decisions } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { finish, start } from '../support/processes.js';
import { decidingSpec } from '../support/specs.js';

const resultSchema = z.object({
  run: runDetailsSchema,
  table: z.array(
    z.object({
      label: z.string(),
      samples: z.int(),
      planned: z.int(),
      against: z.array(z.object({ code: z.string(), text: z.string() })),
    }),
  ),
});

describe('run --until-decided', () => {
  let folder: string;
  const xaigrid = (...args: string[]) => finish('xaigrid', args, { folder });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-decided-'));
    await writeFile(join(folder, 'plain.json'), decidingSpec(['sise', 'random']));
    await writeFile(join(folder, 'alike.json'), decidingSpec(['ig 50', 'ig 51', 'sise']));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function decided(
    ...args: string[]
  ): Promise<z.infer<typeof resultSchema> & { readonly decisions: Decisions | undefined }> {
    const { status, stdout, stderr } = await xaigrid('run', ...args, '--json');
    expect(status, stderr).toBe(0);
    const found = resultSchema.parse(JSON.parse(stdout));
    return { ...found, decisions: found.run.untilDecided };
  }

  it('stops once a method is plainly better, and says after how many samples', async () => {
    const methods = '["sise","random"]';
    const { decisions, run, table } = await decided('plain.json', '--until-decided', '--set', `untilDecided.methods=${methods}`);
    const [pair] = decisions?.pairs ?? [];
    expect(decisions?.taken).toEqual([{ dataset: 'digits', model: 'cnn', samples: 50, of: 160, end: 'decided' }]);
    expect(pair).toMatchObject({ first: 'sise', second: 'random', verdict: 'first', samples: 50, unscored: 0 });
    expect(pair?.after).toBeLessThan(50);
    expect(run.progress).toMatchObject({ samples: 100, scored: 100 });
    expect(table.map(({ samples, planned }) => [samples, planned])).toEqual([
      [50, 50],
      [50, 50],
    ]);
    const shown = await Promise.all([xaigrid('table', run.id), xaigrid('show', run.id)]);
    for (const { stdout } of shown) {
      expect(stdout).toContain('digits (cnn): 50 of 160 samples decided the pair of methods.');
      expect(stdout).toContain('sise is better');
    }
    expect(shown[0].stdout).toContain('digits: 50 of 160 samples: in random order, to decide between methods, seed 0.');
  });

  it('takes the samples of a random choice of as many with the same seed', async () => {
    await decided('plain.json', '--set', 'untilDecided={"against":"random"}');
    const { status, stderr } = await xaigrid('run', 'plain.json', '--set', 'limit={"samples":50,"choose":"random"}');
    expect([status, stderr]).toEqual([0, expect.stringContaining('0 maps computed, 100 reused')]);
  });

  it('takes all samples where two methods are alike, and says which pair is undecided', async () => {
    const { decisions, table, run } = await decided('alike.json', '--until-decided');
    expect(decisions?.taken).toEqual([{ dataset: 'digits', model: 'cnn', samples: 160, of: 160, end: 'all-samples' }]);
    expect(decisions?.pairs[0]).toMatchObject({ first: 'ig 50', second: 'ig 51', verdict: 'undecided', samples: 160 });
    const reasons = table.map(({ against }) => against.filter(({ code }) => code === 'not-told-apart').map(({ text }) => text));
    expect(reasons.slice(0, 2)).toEqual([
      [expect.stringContaining('not told apart from ig 51')],
      [expect.stringContaining('not told apart from ig 50')],
    ]);
    expect((await xaigrid('show', run.id)).stdout).toMatch(
      /all 160 samples were taken; \d of 3 pairs of methods (is|are) undecided/,
    );
    expect((await xaigrid('report', run.id, '--out', 'report.html')).status).toBe(0);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('all 160 samples were taken');
  });

  it('stops earlier where a difference does not matter', async () => {
    const { decisions } = await decided(
      'alike.json',
      '--until-decided',
      '--within',
      '0.2',
      '--set',
      'untilDecided.methods=["ig 50","ig 51"]',
    );
    expect(decisions?.pairs).toMatchObject([{ verdict: 'same', interval: { low: expect.any(Number) as number } }]);
    expect(decisions?.taken[0]?.samples).toBeLessThan(160);
  });

  it('goes on after it was killed, and decides the same', async () => {
    // Small shards take long enough to be killed within.
    const options = ['--until-decided', '--set', 'shardSize=5', '--json'];
    const killed = start('xaigrid', ['run', 'alike.json', ...options, '--store', 'killed'], { folder });
    await killed.says(/maps \d+\/(18|23|29|37|46|48)\d/);
    killed.kill('SIGKILL');
    await killed.finished;
    const interrupted = await xaigrid('show', 'latest', '--store', 'killed', '--json');
    const before = runDetailsSchema.parse(JSON.parse(interrupted.stdout));
    expect(before.state).toBe('interrupted');
    expect(before.untilDecided?.taken[0]?.samples).toBeLessThan(160);
    const resumed = await xaigrid('resume', 'latest', '--store', 'killed', '--json');
    expect(resumed.status, resumed.stderr).toBe(0);
    const whole = await xaigrid('run', 'alike.json', '--until-decided', '--store', 'whole', '--json');
    const [a, b] = [resumed, whole].map(({ stdout }) => resultSchema.parse(JSON.parse(stdout)));
    expect(a?.run.untilDecided?.pairs).toHaveLength(3);
    expect(a?.run.untilDecided).toEqual(b?.run.untilDecided);
    const rowsOf = (found: typeof a): unknown => found?.table;
    expect(rowsOf(a)).toEqual(rowsOf(b));
  }, 300_000);

  it.each([
    [['--until-decided', '--limit', '20'], 2, /--limit and --until-decided do not go together/],
    [['--within', '0.1'], 2, /--within says which methods count as the same for --until-decided/],
    [['--until-decided', '--within', '0'], 2, /expected a number above 0/],
    [['--set', 'untilDecided=true', '--set', 'limit=20'], 2, /limit: 20 and untilDecided do not go together/],
    [['--until-decided'], 2, /untilDecided needs two methods to tell apart; data set "digits" \(model "cnn"\) has only sise/],
  ])('%j is refused in one sentence', async (args, status, sentence) => {
    const refused = await xaigrid('run', 'plain.json', ...args);
    expect([refused.status, refused.stderr]).toEqual([status, expect.stringMatching(sentence)]);
  });
});
