import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256, type PlanAnswer } from '@xaigrid/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.js';
import { containing } from './text-matchers.js';

let folder = '';
let root = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xaigrid-specs-'));
  root = join(folder, 'root');
  mkdirSync(join(root, 'models'), { recursive: true });
  writeFileSync(join(folder, 'secret.h5'), 'a secret');
  writeFileSync(join(root, 'models', 'broken.h5'), 'no model');
  symlinkSync(join(folder, 'secret.h5'), join(root, 'models', 'link.h5'));
  symlinkSync(folder, join(root, 'out'));
  mkdirSync(join(root, 'images', 'cat'), { recursive: true });
  symlinkSync(join(folder, 'secret.h5'), join(root, 'images', 'cat', 'one.png'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function specWith(path: string, extra = ''): string {
  return [
    'name: sent',
    'datasets:',
    `  digits: { kind: mnist1d${extra} }`,
    'models:',
    `  cnn: { path: ${JSON.stringify(path)} }`,
    'evaluations:',
    '  - { dataset: digits, model: cnn, explainers: [{ method: sise }], metrics: [{ metric: drop-increase, keepFractions: [0.3] }] }',
  ].join('\n');
}

async function send(spec: unknown, options = { specRoot: root }) {
  const server = await startTestServer(options);
  const answer = await server.app.inject({ method: 'POST', url: '/v1/runs', payload: { spec } });
  const { error }: { error?: { code: string; message: string } } = answer.json();
  return { ...server, answer, error };
}

describe('a spec sent to the orchestrator', () => {
  it.each([
    '/etc/passwd',
    '../secret.h5',
    'models/../../secret.h5',
    'models/link.h5',
    'out/secret.h5',
    'out',
    '..',
    'models/\0.h5',
    '~/../../../secret.h5',
  ])('may not name %j', async (path) => {
    const { answer, error, submissions, shared } = await send(specWith(path));
    expect(answer.statusCode).toBe(400);
    expect(error).toMatchObject({ code: 'SPEC_INVALID', message: containing('leads outside the folder') });
    expect([submissions, shared]).toEqual([[], []]);
    expect(answer.body).not.toContain(folder);
  });

  it('may not name a folder that leads out by a link somewhere in it', async () => {
    const { error } = await send(specWith('images'));
    expect(error).toMatchObject({ code: 'SPEC_INVALID', message: containing('"images" leads outside') });
  });

  it.each([
    ['models/missing.h5', 'There is no model file models/missing.h5.'],
    ['models/broken.h5', '"cnn"'],
  ])('is told what is wrong with %s, not where it is', async (path, sentence) => {
    const { answer, error } = await send(specWith(path));
    expect(answer.statusCode).toBe(422);
    expect(error?.code).toBe('MODEL_UNREADABLE');
    expect(error?.message).toContain(sentence);
    expect(answer.body).not.toContain(tmpdir());
  });

  it('may name no files when no folder is set', async () => {
    const server = await startTestServer();
    const answer = await server.app.inject({ method: 'POST', url: '/v1/runs', payload: { spec: specWith('models/broken.h5') } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: { code: 'SPEC_INVALID', message: containing('XAIGRID_SPEC_ROOT') },
    });
  });

  it('gets no variable of the orchestrator', async () => {
    process.env.XAIGRID_TEST_SECRET = 'a-very-secret-value';
    try {
      const { answer, error } = await send(specWith('${XAIGRID_TEST_SECRET}/x.h5'));
      expect(answer.statusCode).toBe(400);
      expect(error?.message).toContain('does not fill in variables (here XAIGRID_TEST_SECRET)');
      expect(answer.body).not.toContain('a-very-secret-value');
      const { error: withDefault } = await send(specWith('models/${XAIGRID_TEST_SECRET:-fallback}.h5'));
      expect(withDefault?.message).toContain('fallback.h5');
    } finally {
      delete process.env.XAIGRID_TEST_SECRET;
    }
  });

  it.each([
    ['a: [', 'SPEC_UNREADABLE', 'The spec is not valid YAML'],
    ['name: x', 'SPEC_INVALID', 'datasets'],
    [specWith('models/broken.h5', ', splitt: test'), 'SPEC_INVALID', 'Did you mean "split"?'],
    [{ name: 'x', datasets: 1 }, 'SPEC_INVALID', 'datasets'],
  ])('is checked as anywhere: %j', async (spec, code, sentence) => {
    const { answer, error } = await send(spec);
    expect(answer.statusCode).toBe(400);
    expect(error).toMatchObject({ code, message: containing(sentence) });
  });

  it('stands beside nothing else in the body', async () => {
    const { app } = await startTestServer({ specRoot: root });
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: { spec: 'name: x', overrides: ['a=b'] } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  });
});

describe('the plan of a spec', () => {
  const stored = 'stored/0123456789ab/model.json';

  /** A server with one stored model, the one of the demo, and no folder for specs. */
  async function withStoredModel() {
    const models = fileURLToPath(new URL('../../../models/mnist1d-cnn/', import.meta.url));
    const names = readdirSync(models).filter((name) => name === 'model.json' || name.endsWith('.bin'));
    const files = names
      .sort((a, b) => Number(b === 'model.json') - Number(a === 'model.json'))
      .map((name) => {
        const bytes = readFileSync(join(models, name));
        return { name, sha256: sha256(bytes), size: bytes.length };
      });
    const server = await startTestServer({
      filePath: (file) => Promise.resolve(join(models, files.find((one) => one.sha256 === file.sha256)?.name ?? '')),
    });
    server.control.storedInputs = () => Promise.resolve({ models: [{ name: 'cnn', path: stored, files }], datasets: [] });
    server.control.reuse = ({ evaluations }) =>
      Promise.resolve(
        evaluations.map(({ plan: { label, samples, settings } }) => {
          return { label, samples, storedMaps: 7, settings: settings.length, storedScores: 7 };
        }),
      );
    const plan = async (spec: string, textOnly?: boolean) =>
      (await server.app.inject({ method: 'POST', url: '/v1/plan', payload: { spec, textOnly } })).json<PlanAnswer>();
    return { ...server, plan };
  }

  it('says each mistake at its line, without opening a file', async () => {
    const { plan } = await withStoredModel();
    const spec = specWith('models/missing.h5', ', splitt: test').replace('{ method: sise }', '{ method: sice }');
    const { problems } = await plan(spec, true);
    expect(problems).toMatchObject([
      { code: 'SPEC_INVALID', line: 3, message: containing('Did you mean "split"?') },
      { code: 'SPEC_INVALID', line: 7, message: containing('Did you mean "sise"?') },
    ]);
    expect((await plan('a:\n  - [', true)).problems).toMatchObject([{ code: 'SPEC_UNREADABLE', line: 2 }]);
    expect(await plan(specWith('models/missing.h5'), true)).toEqual({ problems: [] });
  });

  it('counts what is left of a spec that names stored files, and starts nothing', async () => {
    const { plan, submissions } = await withStoredModel();
    const answer = await plan(`limit: 10\n${specWith(stored)}`);
    expect(answer.problems).toEqual([]);
    const [evaluation] = answer.plan?.evaluations ?? [];
    expect(evaluation).toMatchObject({ dataset: 'digits', model: 'cnn', label: 'sise', samples: 10, storedMaps: 7 });
    expect(evaluation?.flop).toBeGreaterThan(0);
    // Others compute it: nothing is known of their speed.
    expect(evaluation).not.toHaveProperty('seconds');
    expect(submissions).toEqual([]);
  });

  it('starts a run of it, whose plan has the hashes of the stored files', async () => {
    const { app, submissions, shared } = await withStoredModel();
    const spec = `limit: 10\n${specWith(stored)}`;
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: { spec } });
    expect(answer.statusCode, answer.body).toBe(201);
    expect(submissions[0]?.specText).toBe(spec);
    expect(submissions[0]?.evaluations[0]?.plan.model.files.map(({ name, path }) => [name, path])[0]).toEqual([
      'model.json',
      undefined,
    ]);
    expect(shared.length).toBeGreaterThan(0);
  });

  it.each(['stored/0123456789ab/other.bin', 'stored/../../etc/passwd', 'stored/'])('has no file %s', async (path) => {
    const { plan } = await withStoredModel();
    expect((await plan(specWith(path))).problems).toMatchObject([
      { code: 'ARTIFACT_MISSING', message: `${path} is not stored. Choose one of the stored models and data sets.` },
    ]);
  });

  it('knows the schema that specs are checked by', async () => {
    const { app } = await startTestServer();
    expect((await app.inject('/v1/spec-schema')).json()).toMatchObject({ title: 'xaigrid run spec' });
  });
});

it('does not start with a folder for specs that is not there', async () => {
  const started = startTestServer({ specRoot: join(folder, 'nowhere') });
  await expect(started).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
});
