import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.js';
import { finish, repository } from '../support/processes.js';
import { smallSpec } from '../support/specs.js';
import { tryApi } from './schemathesis.js';

/** Runs that are stored before: DELETE forgets some of them on the way. */
const STORED = 6;
const TOKEN = 'a-token-that-only-this-test-knows';

/**
 * Schemathesis makes requests from /openapi.json, right ones and wrong ones, and holds every answer against what is written there. A real
 * orchestrator answers, over a store with runs that real workers computed. Longer, by hand: SCHEMATHESIS_EXAMPLES=200.
 */
describe('the HTTP API is what /openapi.json says', () => {
  const examples = process.env.SCHEMATHESIS_EXAMPLES ?? '5';
  let cluster: Cluster;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-api-'));
    // The spec that the description gives as an example reads a model there.
    cluster = await startCluster({ XAIGRID_SPEC_ROOT: join(repository, 'models') });
    const workers = [await cluster.start('xaigrid-explainer-worker'), await cluster.start('xaigrid-metrics-worker')];
    const orchestrator = await cluster.start('xaigrid-orchestrator');
    const spec = join(folder, 'spec.json');
    await writeFile(spec, smallSpec({ samples: 12, first: true }));
    const { stderr, status } = await finish('xaigrid', ['run', spec, '--server', cluster.serverUrl()]);
    expect(status, stderr).toBe(0);
    await storeAgain(STORED - 1);
    // From here on runs stay under way, so that some can be cancelled.
    for (const process of [orchestrator, ...workers]) process.kill('SIGTERM');
    for (const { finished } of [orchestrator, ...workers]) await finished;
  }, 180_000);

  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts the stored run anew. All its maps and scores are there, so that it is soon over. */
  async function storeAgain(times: number): Promise<void> {
    const run = await cluster.store.runs.find('latest');
    const evaluations = (await cluster.store.runs.evaluations(run.id)).map(({ plan }) => ({ plan, shardSize: 12 }));
    const body = JSON.stringify({ name: 'again', specText: run.specText, evaluations });
    const ids: string[] = [];
    for (let time = 0; time < times; time += 1) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${cluster.serverUrl()}/v1/runs`, { method: 'POST', headers, body });
      ids.push(((await answer.json()) as { readonly id: string }).id);
    }
    for (const id of ids) expect(await cluster.over(id)).toBe('done');
  }

  it.each([
    { access: 'without a token', environment: {}, args: ['--max-examples', examples] },
    {
      access: 'with a token',
      environment: { XAIGRID_TOKEN: TOKEN },
      // What depends on a token shows in few requests of each route; the edges of every parameter were tried without one.
      args: ['--max-examples', '1', '--header', `Authorization: Bearer ${TOKEN}`, '--phases', 'examples,fuzzing,stateful'],
    },
  ])(
    '$access',
    async ({ environment, args }) => {
      const orchestrator = await cluster.start('xaigrid-orchestrator', environment);
      const trial = await tryApi({ url: cluster.serverUrl(), args: ['--seed', '1', ...args], cwd: folder });
      orchestrator.kill('SIGTERM');
      await orchestrator.finished;
      expect(trial.status, trial.report).toBe(0);
      // Every operation, and not a handful of them.
      expect(trial.report).toMatch(/Selected: ([4-9]\d|\d{3})\/\1\s+Tested: \1\n/);
    },
    1_800_000,
  );
});
