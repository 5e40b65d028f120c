import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '@xaigrid/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, repository, start, type Finished, type StartOptions } from '../support/processes.js';
import { smallSpec } from '../support/specs.js';

/** A port on which nothing listens: reserved for "discard", closed on any machine that runs tests. */
const NOBODY = '127.0.0.1:9';

describe('bad input gets one clear sentence, a code and the right exit status', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xaigrid-bad-'));
    const demo = `${repository}models/mnist1d-cnn`;
    const weights = await readFile(`${demo}/weights.bin`);
    for (const name of ['nan', 'short']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'model.json'), await readFile(`${demo}/model.json`));
    }
    const damaged = Buffer.from(weights);
    damaged.writeFloatLE(NaN, 400);
    await writeFile(join(folder, 'nan', 'weights.bin'), damaged);
    await writeFile(join(folder, 'short', 'weights.bin'), weights.subarray(0, 1000));
    // The signature of an HDF5 file and nothing more.
    await writeFile(join(folder, 'truncated.h5'), Buffer.from('894844460d0a1a0a0000', 'hex'));
    await writeFile(join(folder, 'x.npy'), encodeNpy({ shape: [3, 20, 1], data: new Float32Array(60) }));
    await writeFile(join(folder, 'y.npy'), encodeNpy({ shape: [3], data: Int32Array.of(0, 1, 2) }));
    await writeFile(join(folder, 'a-file'), 'where a folder should be');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Edits the small spec as text and runs it. */
  async function runEdited(
    edit: (spec: string) => string,
    args: readonly string[] = [],
    options: StartOptions = {},
  ): Promise<Finished> {
    await writeFile(join(folder, 'spec.json'), edit(smallSpec()));
    return finish('xaigrid', ['run', 'spec.json', ...args], { folder, ...options });
  }

  function expectRefusal(
    { status, stdout, stderr }: Finished,
    expected: { status: number; code: string; sentence: RegExp },
  ): void {
    expect(stderr).toContain(`xaigrid: ${expected.code}: `);
    expect(stderr).toMatch(expected.sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(status).toBe(expected.status);
  }

  const model = (path: string) => (spec: string) => spec.replace(/"path":"[^"]*"/, `"path":"${path}"`);

  it('a typo in the spec', async () => {
    expectRefusal(await runEdited((spec) => spec.replace('"method":"sise"', '"method":"sise","gradientTreshold":0.5')), {
      status: 2,
      code: 'SPEC_INVALID',
      sentence: /unknown key "gradientTreshold"\. Did you mean "gradientThreshold"\?/,
    });
  });

  it('a spec that is not there', async () => {
    expectRefusal(await finish('xaigrid', ['run', 'nowhere.yaml'], { folder }), {
      status: 2,
      code: 'SPEC_UNREADABLE',
      sentence: /There is no spec \/\S+\/nowhere\.yaml\. .*xaigrid init/,
    });
  });

  it('a layer that is not in the model', async () => {
    expectRefusal(await runEdited((spec) => spec.replace('"method":"sise"', '"method":"sise","layers":["conv1d_9"]')), {
      status: 2,
      code: 'LAYER_NOT_FOUND',
      sentence: /conv1d_9.*conv1d, conv1d_1, conv1d_2/,
    });
  });

  it('a truncated .h5 file', async () => {
    expectRefusal(await runEdited(model('truncated.h5')), { status: 2, code: 'MODEL_UNREADABLE', sentence: /truncated|HDF5/ });
  });

  it('a model file that is not there', async () => {
    expectRefusal(await runEdited(model('gone.h5')), { status: 2, code: 'MODEL_UNREADABLE', sentence: /gone\.h5/ });
  });

  it('weights that are cut short', async () => {
    expectRefusal(await runEdited(model('short/model.json')), {
      status: 2,
      code: 'MODEL_UNREADABLE',
      sentence: /weight files have \d+ bytes, but weight "[^"]+" ends at byte \d+\./,
    });
  });

  it('weights that are not a number', async () => {
    expectRefusal(await runEdited(model('nan/model.json')), { status: 2, code: 'MODEL_NOT_FINITE', sentence: /NaN|infinite/ });
  });

  it('samples of another shape than the model takes', async () => {
    const edit = (spec: string): string =>
      spec.replace('{"kind":"mnist1d","split":"test"}', '{"kind":"npy","x":"x.npy","y":"y.npy"}');
    expectRefusal(await runEdited(edit), {
      status: 2,
      code: 'SHAPE_MISMATCH',
      sentence: /takes samples of 40×1; data set "mnist1d" has samples of 20×1/,
    });
  });

  it('a data file that is not there', async () => {
    const edit = (spec: string): string =>
      spec.replace('{"kind":"mnist1d","split":"test"}', '{"kind":"npy","x":"gone.npy","y":"y.npy"}');
    expectRefusal(await runEdited(edit), { status: 2, code: 'DATASET_UNREADABLE', sentence: /gone\.npy/ });
  });

  it('a store folder that cannot be made', async () => {
    expectRefusal(await runEdited((spec) => spec, ['--store', 'a-file/store']), {
      status: 2,
      code: 'FOLDER_UNWRITABLE',
      sentence: /a-file/,
    });
  });

  it('a Postgres that does not answer, its password kept out of the message', async () => {
    const result = await runEdited((spec) => spec, [], {
      environment: { DATABASE_URL: `postgresql://user:geheim@${NOBODY}/db` },
    });
    expectRefusal(result, { status: 1, code: 'DATABASE_UNREACHABLE', sentence: /127\.0\.0\.1:9|127\.0\.0\.1.*port 9/ });
    expect(result.stderr).not.toContain('geheim');
  });

  it('a server that does not answer', async () => {
    expectRefusal(await finish('xaigrid', ['list', '--server', `http://${NOBODY}`], { folder }), {
      status: 1,
      code: 'SERVER_UNREACHABLE',
      sentence: /127\.0\.0\.1:9/,
    });
  });

  it('a run that nobody knows', async () => {
    const store = start('xaigrid', ['store'], { folder });
    await store.says('Ctrl-C stops it');
    expectRefusal(await finish('xaigrid', ['table', 'zzzz'], { folder }), { status: 2, code: 'RUN_NOT_FOUND', sentence: /zzzz/ });
    store.kill('SIGINT');
    await store.finished;
  });

  it('an unknown command and an unknown option', async () => {
    for (const args of [
      ['rum', 'spec.json'],
      ['list', '--limt', '3'],
      ['list', '--limit', 'many'],
    ]) {
      const { status, stdout, stderr } = await finish('xaigrid', args, { folder });
      expect(stderr).toMatch(/error: /);
      expect(stdout).toBe('');
      expect(status).toBe(2);
    }
  });
});

describe('services say what they lack', () => {
  const services = ['xaigrid-orchestrator', 'xaigrid-explainer-worker', 'xaigrid-metrics-worker'] as const;

  it.each(services)('%s without its environment', async (service) => {
    const { status, stderr } = await finish(service);
    expect(stderr).toMatch(/ENVIRONMENT_INVALID: DATABASE_URL is not set\. Postgres, as postgresql:/);
    expect(status).toBe(2);
  });

  it.each(services)('%s without a Postgres that answers: it waits, and can be ended', async (service) => {
    const started = start(service, [], {
      environment: { DATABASE_URL: `postgresql://user:geheim@${NOBODY}/db`, NATS_URL: `nats://${NOBODY}` },
    });
    await started.says('Trying again until it is there');
    started.kill('SIGTERM');
    const { status, stdout, stderr } = await started.finished;
    expect(`${stdout}${stderr}`).toContain('DATABASE_UNREACHABLE: ');
    expect(`${stdout}${stderr}`).not.toContain('geheim');
    expect(status).toBe(130);
  });

  it.each(services)('%s tells its environment with --help', async (service) => {
    const { status, stdout } = await finish(service, ['--help']);
    expect(stdout).toContain('DATABASE_URL');
    expect(stdout).toContain('NATS_URL');
    expect(status).toBe(0);
  });
});
