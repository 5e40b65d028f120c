import { choiceKey, XaigridError } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.js';
import { modelBytes, modelFile, samplePlan, sampleSubmission } from './sample-submission.js';
import { containing, matching } from './text-matchers.js';

describe('POST /v1/runs with a plan', () => {
  it('starts the run and says where it is', async () => {
    const { app, stored, submissions } = await startTestServer();
    stored.set(modelFile.sha256, modelBytes);
    const submission = { ...sampleSubmission(), priority: 3 };
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: submission });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers.location).toBe('/v1/runs/run1');
    expect(answer.json()).toEqual({
      ...{ id: 'run1', name: 'sample', state: 'planned', priority: 3, createdAt: '2026-01-02T03:04:05.678Z' },
      ...{ tags: [], note: '', datasets: ['mnist1d'], models: ['cnn'], methods: ['sise'] },
    });
    expect(submissions).toEqual([submission]);
  });

  it('strips every path the client knew', async () => {
    const { app, stored, submissions } = await startTestServer();
    stored.set(modelFile.sha256, modelBytes);
    const file = { ...modelFile, path: '/etc/passwd' };
    const plan = samplePlan();
    const dataset = { ...plan.dataset, files: [file] };
    const explainer = { ...plan.explainer, files: [file], background: { dataset, size: 3, selection: 'first' as const } };
    const spied = samplePlan({ dataset, model: { ...plan.model, files: [file] }, explainer });
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: sampleSubmission(spied) });
    expect(answer.statusCode).toBe(201);
    expect(JSON.stringify(submissions)).not.toContain('passwd');
    expect(submissions[0]?.evaluations[0]?.plan.explainer.background?.dataset.files).toEqual([modelFile]);
  });

  it('refuses a plan whose files were not uploaded', async () => {
    const { app, submissions } = await startTestServer();
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: sampleSubmission() });
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toEqual({
      error: {
        code: 'ARTIFACT_MISSING',
        message: `cnn.h5 is not in the store. Upload it first: PUT /v1/artifacts/${modelFile.sha256}.`,
      },
    });
    expect(submissions).toEqual([]);
  });

  it.each([
    ['more samples than there are', { samples: 1001 }, 'asks for 1001 samples; data set "mnist1d" has 1000'],
    ['another version of a method', { explainer: { ...samplePlan().explainer, version: 99 } }, 'version 99 of sise'],
    ['an unknown method', { explainer: { ...samplePlan().explainer, method: 'sisee' } }, 'Did you mean "sise"?'],
  ])('refuses %s', async (_what, overrides, sentence) => {
    const { app, stored } = await startTestServer();
    stored.set(modelFile.sha256, modelBytes);
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: sampleSubmission(samplePlan(overrides)) });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'SPEC_INVALID', message: containing(sentence) } });
  });

  it.each<[string, number[] | undefined, RegExp]>([
    ['are not there', undefined, /the samples it chooses are not in choices, under [0-9a-f]{64}\.$/],
    ['are others', [1, 2, 4], /the samples of its choice have another hash/],
    ['are too few', [1, 2], /it takes 3 samples, but its choice has 2\.$/],
    ['are out of order', [2, 1, 3], /sample 1 of its choice is out of order/],
    ['are not in the data set', [1, 2, 5000], /sample 5000 of its choice is out of order, or not one of the 1000/],
  ])('takes a choice of samples, and refuses one whose samples %s', async (_what, indices, message) => {
    const { app, stored, submissions } = await startTestServer();
    stored.set(modelFile.sha256, modelBytes);
    const sha256 = choiceKey([1, 2, 3]);
    const submission = sampleSubmission(samplePlan({ samples: 3, chosen: { choose: 'random', seed: 7, sha256 } }));
    const bodyWith = (indices: readonly number[]) => ({ ...submission, choices: { [sha256]: indices } });
    const post = (payload: object) => app.inject({ method: 'POST', url: '/v1/runs', payload });
    expect((await post(bodyWith([1, 2, 3]))).statusCode).toBe(201);
    expect(submissions).toMatchObject([{ choices: { [sha256]: [1, 2, 3] } }]);
    const answer = await post(indices === undefined ? submission : bodyWith(indices));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'SPEC_INVALID', message: matching(message) } });
  });

  it('says in one sentence what is wrong with the body', async () => {
    const { app } = await startTestServer();
    const nameless = { ...sampleSubmission(), name: undefined };
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: nameless });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({
      error: { code: 'REQUEST_INVALID', message: 'The body is not usable: name: expected string, received undefined.' },
    });
  });

  it.each([
    ['text that is no JSON', { payload: '{', headers: { 'content-type': 'application/json' } }, 400, 'not valid JSON'],
    ['no body', {}, 400, 'The body is not usable'],
    ['another type', { payload: 'a: 1', headers: { 'content-type': 'text/yaml' } }, 415, 'does not accept a body of this type'],
    ['more than 32 MiB', { payload: { spec: 'x'.repeat(33 * 1024 * 1024) } }, 413, 'a plan may have 32 MiB'],
  ])('refuses %s', async (_what, request, status, sentence) => {
    const { app } = await startTestServer();
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', ...request });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code: 'REQUEST_INVALID', message: containing(sentence) } });
  });
});

describe('runs', () => {
  it('are listed, newest first', async () => {
    const { app, addRun } = await startTestServer();
    for (const id of ['aa', 'bb', 'cc']) addRun(id);
    const answer = await app.inject('/v1/runs?limit=2');
    expect(answer.json<{ runs: { id: string }[] }>().runs.map(({ id }) => id)).toEqual(['cc', 'bb']);
  });

  it.each(['0', '1001', '-1', 'ten', '1.5', ''])('refuses limit=%s', async (limit) => {
    const { app } = await startTestServer();
    const answer = await app.inject(`/v1/runs?limit=${limit}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      error: { message: matching(/^The query is not usable: limit: expected .*\.$/) },
    });
  });

  it('are shown by id, a beginning of one, and latest', async () => {
    const { app, addRun, control } = await startTestServer();
    addRun('abcdef');
    for (const reference of ['abcdef', 'abc', 'latest']) {
      const answer = await app.inject(`/v1/runs/${reference}`);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual(await control.show('abcdef'));
    }
  });

  it('answers errors of run control with their code and status', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa1', 'done');
    addRun('aa2');
    const unknown = await app.inject('/v1/runs/zz');
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json()).toEqual({ error: { code: 'RUN_NOT_FOUND', message: 'There is no run "zz".' } });
    expect((await app.inject('/v1/runs/aa')).statusCode).toBe(409);
    const resumed = await app.inject({ method: 'POST', url: '/v1/runs/aa1/resume' });
    expect(resumed.statusCode).toBe(409);
    expect(resumed.json()).toMatchObject({ error: { code: 'RUN_STATE' } });
  });

  it('refuses an id that cannot be one', async () => {
    const { app } = await startTestServer();
    const answer = await app.inject('/v1/runs/..%2F..%2Fetc');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { message: containing('id: expected the id of a run') } });
  });

  it('are cancelled, resumed and removed', async () => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    expect((await app.inject({ method: 'POST', url: '/v1/runs/aa/cancel' })).json()).toMatchObject({ state: 'cancelled' });
    expect((await app.inject({ method: 'POST', url: '/v1/runs/aa/resume' })).json()).toMatchObject({ state: 'running' });
    const retried = await app.inject({ method: 'POST', url: '/v1/runs/aa/resume', payload: { retryFailed: true } });
    expect(retried.json()).toMatchObject({ state: 'planned' });
    const wrong = await app.inject({ method: 'POST', url: '/v1/runs/aa/resume', payload: { retryfailed: true } });
    expect(wrong.statusCode).toBe(400);
    const removed = await app.inject({ method: 'DELETE', url: '/v1/runs/aa' });
    expect([removed.statusCode, removed.body]).toEqual([204, '']);
    expect((await app.inject('/v1/runs/aa')).statusCode).toBe(404);
  });
});

describe('errors', () => {
  it('hide what is inside: no message, no stack, no path', async () => {
    const { app, fail } = await startTestServer();
    fail(new TypeError('cannot read /srv/secret/place of undefined'));
    const answer = await app.inject('/v1/runs');
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({
      error: { code: 'INTERNAL', message: containing('its log says more under request') },
    });
    expect(answer.body).not.toMatch(/secret|TypeError|\.ts|stack/);
  });

  it('leave only the names of files', async () => {
    const { app, fail } = await startTestServer();
    fail(new XaigridError('DATASET_UNREADABLE', 'The file /srv/data/maps.npy cannot be read (C:\\data\\maps.npy).'));
    const answer = await app.inject('/v1/runs');
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toEqual({
      error: { code: 'DATASET_UNREADABLE', message: 'The file maps.npy cannot be read (maps.npy).' },
    });
  });

  it('are answered for routes that are not there', async () => {
    const { app } = await startTestServer();
    const answer = await app.inject('/v2/runs?token=x');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({
      error: { code: 'ROUTE_NOT_FOUND', message: 'There is no GET /v2/runs. /openapi.json lists all routes.' },
    });
  });

  it('are answered for a URL that is none', async () => {
    const { app } = await startTestServer();
    const answer = await app.inject('/v1/runs/%zz');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'REQUEST_INVALID', message: containing('not a valid url') } });
  });

  it('come when an answer would not be what the API describes', async () => {
    const { app, control } = await startTestServer();
    const rest = { priority: 0, tags: [], note: '', datasets: [], models: [], methods: [] };
    control.list = () => Promise.resolve([{ id: 'x', name: 'x', state: 'done', ...rest, createdAt: 'yesterday' }]);
    const answer = await app.inject('/v1/runs');
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toMatchObject({ error: { code: 'INTERNAL' } });
  });
});
