import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { constantOf, GraphBuilder, writeOnnx } from '@xaigrid/graph';
import { createStore, startEmbeddedPostgres } from '@xaigrid/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startCluster, type Cluster } from '../support/cluster.js';
import { finish, repository, start } from '../support/processes.js';
import { snapshotOf, type RunSnapshot } from '../support/snapshot.js';
import { imageSpec, smallSpec, writeImages } from '../support/specs.js';

/** What an undisturbed run in one process gives; every run on the cluster must equal it byte for byte. */
async function embeddedSnapshot(folder: string, specFile: string): Promise<RunSnapshot> {
  const result = await finish('xaigrid', ['run', specFile, '--store', join(folder, 'store'), '--set', 'shardSize=25']);
  expect(result.stderr).toContain('Stored as run');
  expect(result.status).toBe(0);
  const server = await startEmbeddedPostgres({ folder: join(folder, 'store', 'postgres') });
  const store = await createStore({ url: server.url, maxConnections: 2, connectTimeoutMs: 10_000, applicationName: 'tests' });
  try {
    return await snapshotOf(store, 'latest');
  } finally {
    await store.close();
    await server.stop();
  }
}

describe('a cluster of one orchestrator, two explainer and two metrics workers', () => {
  let cluster: Cluster;
  let folder: string;
  let expected: RunSnapshot;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-test-'));
    await writeFile(join(folder, 'spec.json'), smallSpec());
    expected = await embeddedSnapshot(folder, join(folder, 'spec.json'));
    cluster = await startCluster();
    await cluster.start('xaigrid-orchestrator');
  }, 180_000);

  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function runOnCluster(spec: string, name: string): Promise<{ status: number | null; stderr: string; stdout: string }> {
    const file = join(folder, `${name}.json`);
    await writeFile(file, spec);
    return finish('xaigrid', ['run', file, '--server', cluster.serverUrl()]);
  }

  it('says to whoever follows a run which workers are missing, and goes on when they are there', async () => {
    const server = ['--server', cluster.serverUrl()];
    const file = join(folder, 'alone.json');
    await writeFile(file, smallSpec({ samples: 30 }));
    // Maps of its own: the other tests count theirs.
    const command = start('xaigrid', ['run', file, '--set', 'seed=7', ...server]);
    await command.says('0 %  maps 0/90, samples scored 0/90, waits: no explainer worker is connected');
    expect((await finish('xaigrid', ['list', ...server])).stdout).toMatch(/Done[^]*running +0 %/);
    const explainer = await cluster.start('xaigrid-explainer-worker');
    await command.says(/maps 90\/90, samples scored 0\/90, waits: no metrics worker is connected/);
    const shown = (await finish('xaigrid', ['show', 'latest', ...server])).stdout;
    expect(shown).toMatch(/^[1-9]\d? % of the work is done$/m);
    expect(shown).toContain('waits: no metrics worker is connected');
    const listed = await finish('xaigrid', ['list', '--json', ...server]);
    const [{ work }] = z
      .tuple([
        z
          .object({ progress: z.object({ work: z.object({ open: z.number(), computed: z.number() }) }) })
          .transform(({ progress }) => progress),
      ])
      .parse(JSON.parse(listed.stdout));
    expect(work.open).toBeGreaterThan(0);
    expect(work.computed).toBeGreaterThan(0);
    const metrics = await cluster.start('xaigrid-metrics-worker');
    const { status, stderr } = await command.finished;
    expect(stderr).toMatch(/^100 % {2}maps 90\/90, samples scored 90\/90$/m);
    expect(status).toBe(0);
    for (const worker of [explainer, metrics]) {
      worker.kill('SIGTERM');
      await worker.finished;
    }
  }, 120_000);

  it('gives byte for byte what one process gives, with another shard size and models the workers cannot see on disk', async () => {
    const workers = await Promise.all([
      cluster.start('xaigrid-explainer-worker'),
      cluster.start('xaigrid-explainer-worker'),
      cluster.start('xaigrid-metrics-worker'),
      cluster.start('xaigrid-metrics-worker'),
    ]);
    const models = join(folder, 'models');
    await cp(`${repository}models/mnist1d-cnn`, models, { recursive: true });
    const file = join(folder, 'moved.json');
    await writeFile(file, smallSpec({ shardSize: 7, model: join(models, 'model.json') }));
    const command = start('xaigrid', ['run', file, '--server', cluster.serverUrl()]);
    await command.says('run ');
    await rm(models, { recursive: true });
    const { status, stderr, stdout } = await command.finished;
    expect(stderr).not.toContain('failed');
    expect(status).toBe(0);
    expect(stdout).toContain('shap-deep');
    expect(await snapshotOf(cluster.store, 'latest')).toEqual(expected);
    // What it says can be typed next finds the same run: it names the server.
    const hints = stderr.match(/(?<=^ {2}xaigrid ).*$/gm) ?? [];
    expect(hints.map((hint) => hint.split(' ')[0])).toEqual(['table', 'compare', 'scores', 'map', 'report']);
    for (const hint of hints) expect(await finish('xaigrid', hint.split(' '), { folder })).toMatchObject({ status: 0 });
    for (const worker of workers) worker.kill('SIGTERM');
    for (const { status: ended } of await Promise.all(workers.map(({ finished }) => finished))) expect(ended).toBe(0);
  }, 120_000);

  it('loses nothing when a worker of each kind is killed in mid-run', async () => {
    await cluster.store.runs.remove((await cluster.store.runs.find('latest')).id);
    await cluster.store.collectGarbage({ dryRun: false });
    const [explainer, , metrics] = await Promise.all([
      cluster.start('xaigrid-explainer-worker'),
      cluster.start('xaigrid-explainer-worker'),
      cluster.start('xaigrid-metrics-worker'),
      cluster.start('xaigrid-metrics-worker'),
    ]);
    const file = join(folder, 'killed.json');
    await writeFile(file, smallSpec({ shardSize: 3 }));
    const command = start('xaigrid', ['run', file, '--server', cluster.serverUrl()]);
    await explainer.says('"msg":"explained"');
    explainer.kill('SIGKILL');
    await metrics.says('"msg":"scored"');
    metrics.kill('SIGKILL');
    const { status, stderr } = await command.finished;
    expect(stderr).not.toContain('failed');
    expect(status).toBe(0);
    expect(await snapshotOf(cluster.store, 'latest')).toEqual(expected);
  }, 120_000);

  it('computes nothing for the same spec again, and no map for other keep fractions', async () => {
    const again = await runOnCluster(smallSpec(), 'again');
    expect(again.stderr).toContain('0 maps computed, 180 reused; 0 scores computed, 360 reused, one a sample and setting.');
    const other = await runOnCluster(smallSpec({ keepFractions: [0.3, 0.5] }), 'other');
    expect(other.stderr).toContain('0 maps computed, 180 reused; 180 scores computed, 180 reused, one a sample and setting.');
  }, 120_000);

  it('explains images that only the command sees, as one process does', async () => {
    const images = join(folder, 'images');
    await writeImages(images);
    const file = join(folder, 'images.json');
    await writeFile(file, imageSpec(images));
    const alone = await finish('xaigrid', ['run', file, '--store', join(folder, 'image-store'), '--json']);
    expect(alone.status).toBe(0);
    const command = start('xaigrid', ['run', file, '--server', cluster.serverUrl(), '--json']);
    await command.says('run ');
    await rm(images, { recursive: true });
    const { status, stdout, stderr } = await command.finished;
    expect(stderr).not.toContain('failed');
    expect(status).toBe(0);
    const tableOf = (text: string): unknown =>
      z
        .object({ table: z.array(z.looseObject({ measures: z.unknown() })) })
        .parse(JSON.parse(text))
        .table.map(({ measures }) => measures);
    expect(tableOf(stdout)).toEqual(tableOf(alone.stdout));
  }, 120_000);

  it('runs a model whose size the spec says and whose Softmax is added', async () => {
    const builder = new GraphBuilder();
    const signal = builder.input('signal', 'float', [null, 1, null]);
    const pooled = builder.node('GlobalMaxPool', [signal]);
    builder.annotate(pooled, { type: 'float', shape: [null, 1, 1] });
    const weights = builder.constant(constantOf('float', [1, 10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    builder.output(builder.node('MatMul', [builder.node('Flatten', [pooled]), weights]));
    await writeFile(join(folder, 'logits.onnx'), writeOnnx(builder.build()));
    const { status, stderr, stdout } = await runOnCluster(
      JSON.stringify({
        ...{ name: 'logits', limit: 20 },
        datasets: { mnist1d: { kind: 'mnist1d', split: 'test' } },
        models: { logits: { path: 'logits.onnx', inputShape: [40, 1] } },
        evaluations: [
          {
            ...{ dataset: 'mnist1d', model: 'logits', explainers: [{ method: 'gradient' }] },
            metrics: [{ metric: 'drop-increase', keepFractions: [0.5] }],
          },
        ],
      }),
      'logits',
    );
    expect(stderr).toContain('20 maps computed');
    expect(status).toBe(0);
    expect(stdout).toContain('logits');
  }, 120_000);

  it('stays up when garbage is on the queue', async () => {
    const connection = await connect({ servers: cluster.nats.url });
    try {
      for (const stage of ['explain', 'score']) {
        for (const payload of ['', 'garbage', '{"version": 99}', '\u0000\u0001', 'x'.repeat(100_000)]) {
          connection.publish(`XAIGRID.tasks.${stage}.nobody`, payload);
        }
      }
      await connection.flush();
    } finally {
      await connection.close();
    }
    const { status, stderr } = await runOnCluster(smallSpec({ keepFractions: [0.9] }), 'after-garbage');
    expect(stderr).toContain('0 maps computed, 180 reused; 180 scores computed, 0 reused, one a sample and setting.');
    expect(status).toBe(0);
  }, 120_000);

  it('cancels a run and goes on with it when asked', async () => {
    const server = ['--server', cluster.serverUrl()];
    const file = join(folder, 'cancelled.json');
    await writeFile(file, smallSpec({ samples: 400, first: true, shardSize: 4, keepFractions: [0.15] }));
    const { stdout: id } = await finish('xaigrid', ['run', file, '--detach', ...server]);
    expect((await finish('xaigrid', ['cancel', id.trim(), ...server])).status).toBe(0);
    const stopped = await cluster.store.runs.find(id.trim());
    expect(['running', 'cancelled']).toContain(stopped.state);
    const resumed = await finish('xaigrid', ['resume', id.trim(), ...server]);
    expect(resumed.status).toBe(0);
    expect(await cluster.store.shards.count(id.trim())).toMatchObject({ planned: 0, explained: 0, scored: 300, failed: 0 });
  }, 120_000);

  it('says plainly that NATS does not answer, waits, and can be ended', async () => {
    const environment = { ...cluster.environment, NATS_URL: 'nats://user:geheim@127.0.0.1:9' };
    const waiting = (['xaigrid-orchestrator', 'xaigrid-explainer-worker', 'xaigrid-metrics-worker'] as const).map(
      async (service) => {
        const started = start(service, [], { environment });
        await started.says('Trying again until it is there');
        started.kill('SIGTERM');
        return started.finished;
      },
    );
    for (const { status, stdout, stderr } of await Promise.all(waiting)) {
      expect(`${stdout}${stderr}`).toMatch(/QUEUE_UNREACHABLE: .*127\.0\.0\.1:9/);
      expect(`${stdout}${stderr}`).not.toContain('geheim');
      expect(status).toBe(130);
    }
  }, 120_000);

  it('answers over HTTP all that the command asks of its own store', async () => {
    const server = ['--server', cluster.serverUrl()];
    expect((await finish('xaigrid', ['list', ...server])).stdout.split('\n').length).toBeGreaterThan(3);
    expect((await finish('xaigrid', ['show', 'latest', ...server])).stdout).toContain('evaluation 2: shap-gradient');
    expect((await finish('xaigrid', ['table', 'latest', '--format', 'csv', ...server])).stdout).toContain('keepFraction');
    expect((await finish('xaigrid', ['scores', 'latest', '--sample', '110', '--format', 'json', ...server])).stdout).toContain(
      '"sampleIndex": 110',
    );
    expect((await finish('xaigrid', ['map', 'latest', '--method', 'sise', '--sample', '110', ...server])).stdout).toContain(
      'map  (',
    );
    expect((await finish('xaigrid', ['export', 'latest', join(folder, 'export'), ...server])).status).toBe(0);
    for (const [options, code] of [
      [['scores', 'latest', '--method', 'sice'], 'USAGE: Run \\w+ has no method "sice"\\. Did you mean "sise"\\?'],
      [['table', 'latest', '--keep', '0.35'], 'USAGE: Run \\w+ has no keep setting "0.35"\\. Did you mean "0.15"\\?'],
      [['map', 'latest', '--dataset', 'mnist', '--sample', '0'], 'USAGE: Run \\w+ has no data set "mnist"'],
    ] as const) {
      const refused = await finish('xaigrid', [...options, ...server]);
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(code)]);
    }
    expect((await finish('xaigrid', ['edit', 'latest', '--tag', 'seen', '--note', 'over HTTP', ...server])).status).toBe(0);
    expect((await finish('xaigrid', ['list', '--search', 'over http', ...server])).stdout).toContain('seen');
    const quality = await finish('xaigrid', ['metrics', 'latest', '--format', 'json', ...server]);
    expect(JSON.parse(quality.stdout)).toMatchObject([{ model: 'cnn', dataset: 'mnist1d', samples: 400 }]);
    const page = join(folder, 'page.html');
    expect(await finish('xaigrid', ['report', 'latest', '--out', page, ...server])).toMatchObject({ status: 0 });
    expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>[^]*<svg/i);
    const figures = join(folder, 'figures');
    expect(await finish('xaigrid', ['figures', 'latest', figures, ...server])).toMatchObject({ status: 0 });
    expect(await readdir(figures)).toEqual(
      expect.arrayContaining(['cnn-mnist1d-class-templates.svg', 'cnn-mnist1d-roc-curves.png']),
    );
    expect((await finish('xaigrid', ['gc', '--dry-run', ...server])).stdout).toContain('would be removed');
    expect((await finish('xaigrid', ['show', 'nosuchrun', ...server])).status).toBe(2);
  }, 120_000);
});
