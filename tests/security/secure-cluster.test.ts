import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository, start, type Finished } from '../support/processes.js';
import { startSecureCluster, type SecureCluster } from '../support/secure-cluster.js';
import { snapshotOf } from '../support/snapshot.js';
import { smallSpec } from '../support/specs.js';
import { undisturbed } from '../support/undisturbed.js';

const SAMPLES = 40;
const SHARD_SIZE = 20;

describe('a cluster of TLS, users with exactly their rights, and a token', () => {
  let cluster: SecureCluster;
  /** Answers of the HTTP API and files that the command wrote. */
  const shown: string[] = [];

  beforeAll(async () => {
    cluster = await startSecureCluster();
    await cluster.start('xaigrid-explainer-worker');
    await cluster.start('xaigrid-metrics-worker');
  }, 180_000);
  afterAll(() => cluster.stop());

  async function specFile(name: string, spec: string): Promise<string> {
    const file = join(cluster.folder, `${name}.json`);
    await writeFile(file, spec);
    return file;
  }

  async function run(name: string, spec: string, ...args: readonly string[]): Promise<Finished> {
    return cluster.xaigrid('run', await specFile(name, spec), ...args);
  }

  it('computes a run as any other does, on encrypted connections alone', async () => {
    const spec = smallSpec({ samples: SAMPLES, first: true, shardSize: SHARD_SIZE });
    const { status, stderr } = await run('whole', spec);
    expect(status, stderr).toBe(0);
    expect(await snapshotOf(cluster.store, 'latest')).toEqual(await undisturbed(spec));
    const sessions = await cluster.query(
      `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename LIKE 'xaigrid_%'`,
    );
    expect(sessions).toEqual([{ ssl: true }]);
  });

  it('fails the one sample whose stored map is damaged, and completes it when asked again', async () => {
    const [damaged] = await cluster.query(
      `UPDATE map SET data = substring(data FROM 1 FOR 7) FROM (SELECT map_set_id, data AS whole FROM map WHERE sample_index = 27 LIMIT 1) old
       WHERE map.map_set_id = old.map_set_id AND sample_index = 27 RETURNING map.map_set_id AS set, encode(old.whole, 'hex') AS whole`,
    );
    const spec = smallSpec({ samples: SAMPLES, first: true, shardSize: SHARD_SIZE, keepFractions: [0.4] });
    const failed = await run('damaged', spec);
    expect(failed.status, failed.stderr).toBe(3);
    expect(failed.stdout).toContain(`${SAMPLES - 1} of ${SAMPLES}`);
    const sentence =
      /sample 27(?:, score, 1 attempt, another would fail in the same way| failed): INTERNAL: The stored map of sample 27 is damaged: it has 7 bytes/;
    expect(failed.stderr).toMatch(sentence);
    const { stdout } = await cluster.xaigrid('show', 'latest');
    expect(stdout).toMatch(sentence);
    expect(stdout.match(/^ {2}evaluation .* attempts?, /gm)).toHaveLength(1);

    const mend = `UPDATE map SET data = decode('${String(damaged?.whole)}', 'hex') WHERE map_set_id = ${String(damaged?.set)} AND sample_index = 27`;
    await cluster.query(mend);
    const resumed = await cluster.xaigrid('resume', 'latest', '--failed');
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(await snapshotOf(cluster.store, 'latest')).toEqual(await undisturbed(spec));
  });

  it('cancels, goes on, shows, exports, reports and collects garbage', async () => {
    const spec = smallSpec({ samples: 80, first: true, shardSize: 2, keepFractions: [0.6] });
    const { stdout } = await run('cancelled', spec, '--detach');
    const id = stdout.trim();
    expect((await cluster.xaigrid('cancel', id)).status).toBe(0);
    const resumed = await cluster.xaigrid('resume', id);
    expect(resumed.status, resumed.stderr).toBe(0);
    const [exported, page] = [join(cluster.folder, 'export'), join(cluster.folder, 'report.html')];
    for (const args of [
      ['list'],
      ['show', id, '--json'],
      ['table', id, '--format', 'json'],
      ['scores', id, '--sample', '5', '--format', 'json'],
      ['map', id, '--method', 'sise', '--sample', '1'],
      ['export', id, exported],
      ['report', id, '--out', page],
      ['doctor'],
      ['doctor', '--json'],
      ['remove', id, '--yes'],
      ['gc', '--json'],
    ]) {
      const { status, stderr } = await cluster.xaigrid(...args);
      expect(status, `${args.join(' ')}: ${stderr}`).toBe(0);
    }
    for (const file of await readdir(exported, { recursive: true })) {
      shown.push(await readFile(join(exported, file), 'latin1').catch(() => ''));
    }
    shown.push(await readFile(page, 'utf8'));
    expect(cluster.said()).not.toMatch(/permission denied|may not (?:publish|subscribe)|permissions violation/i);
  });

  it('keeps the spec as it was written, without the values of its variables', async () => {
    const value = cluster.newSecret('value of a variable in a spec');
    await mkdir(join(cluster.folder, value));
    await cp(`${repository}models/mnist1d-cnn`, join(cluster.folder, value), { recursive: true });
    const spec = smallSpec({ samples: 10, model: `${cluster.folder}/\${XAIGRID_TEST_FOLDER}/model.json` });
    const file = await specFile('variables', spec);
    const environment = { XAIGRID_TEST_FOLDER: value, XAIGRID_TOKEN: cluster.secrets.token ?? '' };
    const { status } = await cluster.finish('xaigrid', ['run', file, '--server', cluster.serverUrl()], environment);
    expect(status).toBe(0);
    expect((await cluster.store.runs.find('latest')).specText).toBe(spec);
    await rm(join(cluster.folder, value), { recursive: true });

    const asksForToken = await specFile('asks', smallSpec().replace('"name":"small"', '"name":"${XAIGRID_TOKEN}"'));
    const refused = await cluster.finish('xaigrid', ['validate', asksForToken], environment);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('SPEC_INVALID: name (line 1): the environment variable XAIGRID_TOKEN is a secret');
  });

  describe('says what is wrong, and no secret, when', () => {
    const orchestrator = (): Readonly<Record<string, string>> => cluster.environment('xaigrid-orchestrator');
    const changed = (change: (url: URL, secret: string) => void) => (secret: string) => {
      const url = new URL(orchestrator().DATABASE_URL ?? '');
      change(url, secret);
      return { DATABASE_URL: url.href };
    };

    it.each<[string, (secret: string) => Readonly<Record<string, string>>, RegExp]>([
      [
        'the password of Postgres is wrong',
        changed((url, secret) => (url.password = secret)),
        /DATABASE_UNREACHABLE: .*login of user/,
      ],
      [
        'Postgres is not there',
        changed((url, secret) => Object.assign(url, { password: secret, port: '9' })),
        /DATABASE_UNREACHABLE: .*localhost:9: nothing listens there/,
      ],
      [
        'Postgres is not to be trusted',
        changed((url, secret) => Object.assign(url, { password: secret }).searchParams.delete('sslrootcert')),
        /DATABASE_UNREACHABLE: .*certificate is not trusted/,
      ],
      [
        'its URL is none',
        (secret) => ({ DATABASE_URL: `mysql://me:${secret}@localhost/db` }),
        /ENVIRONMENT_INVALID: DATABASE_URL/,
      ],
      [
        'its URL asks for what there is not',
        changed((url, secret) => Object.assign(url, { password: secret }).searchParams.set('sslmode', 'prefer')),
        /ENVIRONMENT_INVALID: sslmode=prefer/,
      ],
      ['the password of NATS is wrong', (secret) => ({ NATS_PASSWORD: secret }), /QUEUE_UNREACHABLE: .*refuses the login/],
      [
        'the login in the URL of NATS is wrong',
        (secret) => ({
          ...{ NATS_URL: (orchestrator().NATS_URL ?? '').replace('tls://', `tls://orchestrator:${secret}@`) },
          ...{ NATS_USER: '', NATS_PASSWORD: '' },
        }),
        /QUEUE_UNREACHABLE: .*refuses the login/,
      ],
      [
        'NATS is not there',
        (secret) => ({ NATS_URL: `tls://me:${secret}@localhost:9`, NATS_USER: '', NATS_PASSWORD: '' }),
        /QUEUE_UNREACHABLE: Cannot use NATS at localhost:9/,
      ],
      [
        'NATS is not to be trusted',
        (secret) => ({ NATS_PASSWORD: secret, NATS_CA_FILE: '' }),
        /QUEUE_UNREACHABLE: .*certificate is not trusted/,
      ],
      [
        'the URL of NATS is none',
        (secret) => ({ NATS_URL: `http://me:${secret}@localhost` }),
        /ENVIRONMENT_INVALID: NATS server 1/,
      ],
      [
        'the token of NATS is wrong',
        (secret) => ({ NATS_USER: '', NATS_PASSWORD: '', NATS_TOKEN: secret }),
        /QUEUE_UNREACHABLE: .*refuses the login/,
      ],
      [
        'the seed for NATS is none',
        (secret) => ({ NATS_USER: '', NATS_PASSWORD: '', NATS_NKEY_SEED: `SU${secret.toUpperCase()}` }),
        /ENVIRONMENT_INVALID: The NKey seed cannot be used/,
      ],
      ['two logins are there', (secret) => ({ NATS_TOKEN: secret }), /ENVIRONMENT_INVALID: NATS_USER and NATS_TOKEN are set/],
    ])('%s', async (what, variables, sentence) => {
      const secret = cluster.newSecret(`secret of "${what}"`);
      const given = { ...orchestrator(), XAIGRID_LOG_LEVEL: 'trace', ...variables(secret) };
      const starting = start('xaigrid-orchestrator', [], { folder: cluster.folder, environment: given });
      // A service waits for what is only away.
      if (what.endsWith('is not there'))
        void starting.says('Trying again until it is there').then(() => starting.kill('SIGTERM'));
      const [service, doctor] = await Promise.all([starting.finished, cluster.finish('xaigrid', ['doctor', '--json'], given)]);
      for (const { status, stdout, stderr } of [service, doctor]) {
        expect(`${stdout}${stderr}`).toMatch(sentence);
        expect([1, 2, 130]).toContain(status);
        expect(`${stdout}${stderr}`.toLowerCase()).not.toContain(secret);
      }
    });

    it('the token is wrong, or too short, or none at all', async () => {
      const wrong = cluster.newSecret('wrong token');
      const server = ['--server', cluster.serverUrl()];
      const { status, stderr } = await cluster.finish('xaigrid', ['list', ...server], { XAIGRID_TOKEN: wrong });
      expect(stderr).toMatch(/UNAUTHORIZED: The bearer token is not the one/);
      expect(status).toBe(1);
      const password = cluster.newSecret('password in --server');
      const inUrl = cluster.serverUrl().replace('http://', `http://me:${password}@`);
      expect((await cluster.finish('xaigrid', ['list', '--server', inUrl], {})).stderr).toMatch(
        /USAGE: --server must not contain user/,
      );
      const short = cluster.newSecret('short token').slice(0, 12);
      const started = await cluster.finish('xaigrid-orchestrator', [], { ...orchestrator(), XAIGRID_TOKEN: short });
      expect(started.stderr).toMatch(/ENVIRONMENT_INVALID: XAIGRID_TOKEN is not usable/);
      expect(started.stderr).not.toContain(short);

      for (const headers of [
        {},
        { authorization: `Bearer ${wrong}` },
        { authorization: `Bearer ${cluster.secrets.token ?? ''}` },
      ]) {
        for (const path of [
          '/v1/runs',
          '/v1/runs/latest',
          '/v1/health',
          '/metrics',
          '/openapi.json',
          '/healthz',
          `/nowhere?${wrong}`,
        ]) {
          const answer = await fetch(`${cluster.serverUrl()}${path}`, { headers });
          shown.push(`${JSON.stringify([...answer.headers])}${await answer.text()}`);
        }
      }
    });

    it('a password is changed under a worker: it gives its tasks back, and one with the new password goes on', async () => {
      const changedPassword = cluster.newSecret('changed password');
      await cluster.query(`ALTER ROLE xaigrid_metrics_worker PASSWORD '${changedPassword}'`);
      await cluster.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'xaigrid_metrics_worker'`);
      const file = await specFile('rotated', smallSpec({ samples: 10, keepFractions: [0.8] }));
      const { stdout: id } = await cluster.xaigrid('run', file, '--detach');
      await expect
        .poll(() => cluster.said(), { timeout: 30_000 })
        .toMatch(
          /"code":"DATABASE_UNREACHABLE","msg":"[^\n]*the login of user \\"xaigrid_metrics_worker\\" is refused[^\n]*The task is given back/,
        );
      const url = new URL(cluster.environment('xaigrid-metrics-worker').DATABASE_URL ?? '');
      url.password = changedPassword;
      await cluster.start('xaigrid-metrics-worker', { DATABASE_URL: url.href });
      await expect
        .poll(async () => (await cluster.store.runs.find(id.trim())).state, { timeout: 30_000, interval: 100 })
        .toBe('done');
    });
  });

  it('has shown, logged, stored and exported no secret', async () => {
    const everything = {
      'what processes said': cluster.said(),
      'what is stored': await cluster.stored(),
      'answers and files': shown.join('\n'),
    };
    for (const [where, text] of Object.entries(everything)) {
      expect(text.length, where).toBeGreaterThan(10_000);
      const found = Object.entries(cluster.secrets).flatMap(([what, secret]) => (text.includes(secret) ? [what] : []));
      expect(found, where).toEqual([]);
    }
  });
});
