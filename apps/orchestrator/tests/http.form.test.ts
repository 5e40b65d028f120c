import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sampleSubmission, samplePlan } from './sample-submission.js';
import { portOf, startTestServer } from './test-server.js';

interface Refusal {
  readonly error: { readonly code: string; readonly message: string };
}

/** What the API refuses for its form alone, and how it says so. */
describe('a request of another form', () => {
  it.each([
    ['/v1/runs/aa/scores?foo=1', 'there is no "foo"'],
    ['/v1/runs/aa/scores?metod=sise', 'there is no "metod". Did you mean "method"?'],
    ['/v1/runs/aa/table?fromat=csv', 'Did you mean "format"?'],
    ['/v1/runs/aa/comparisons?agianst=a', 'Did you mean "against"?'],
    ['/v1/runs/aa/evaluations?limit=3', 'There are: evaluation, dataset,'],
    ['/v1/runs/aa/evaluations/0/maps?start=0&end=1&step=2', 'There are: start, end'],
    ['/v1/runs/aa/evaluations/0/samples/0?x=1', 'Nothing is taken there'],
    ['/v1/runs/aa/events?since=1', 'Nothing is taken there'],
    ['/v1/runs?tag=a', 'Did you mean "tags"?'],
    ['/v1/runs?states=runing', '"runing" is none of planned, running,'],
    ['/v1/runs/aa?verbose=true', 'Nothing is taken there'],
    ['/v1/health?x=', 'Nothing is taken there'],
    ['/healthz?x=', 'Nothing is taken there'],
    ['/metrics?name=a', 'Nothing is taken there'],
    ['/openapi.json?v=3', 'Nothing is taken there'],
    ['/v1/runs/aa/table?keep=high', 'expected a keep fraction such as 0.3'],
    ['/v1/runs/aa/table?evaluation=-1', 'expected the position of an evaluation'],
    ['/v1/runs?search=%00', 'search: it has a character that cannot be stored'],
  ])('GET %s is told: %s', async (url, sentence) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject(url);
    const { error }: Refusal = answer.json();
    expect([answer.statusCode, error.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(error.message).toContain(sentence);
  });

  it('names every key of a plan that is not known, however deep', async () => {
    const { app, submissions } = await startTestServer();
    const submission = sampleSubmission();
    const [evaluation] = submission.evaluations;
    const plan = { ...samplePlan(), seeds: 1, model: { ...samplePlan().model, options: { multilabel: true } } };
    const payload = { ...submission, evaluations: [{ ...evaluation, plan }] };
    const { error }: Refusal = (await app.inject({ method: 'POST', url: '/v1/runs', payload })).json();
    expect(error.message).toContain('evaluations.0.plan: there is no "seeds". Did you mean "seed"?');
    expect(error.message).toContain('evaluations.0.plan.model.options: there is no "multilabel". Did you mean "multiLabel"?');
    expect(submissions).toEqual([]);
  });

  it.each([
    ['POST', '/v1/gc', '{"dryrun":true}', 'Did you mean "dryRun"?'],
    ['POST', '/v1/runs/aa/resume', '{"retryfailed":true}', 'Did you mean "retryFailed"?'],
    ['PATCH', '/v1/runs/aa', '{"tags":["a"]}', 'there is no "tags"'],
    ['PATCH', '/v1/runs/aa', String.raw`{"name":"a\u0000"}`, 'name: it has a character that cannot be stored'],
    ['PATCH', '/v1/runs/aa', String.raw`{"note":"\ud800"}`, 'note: it has a character that cannot be stored'],
    ['POST', '/v1/runs', '{"spec":{"__proto__":{}}}', 'spec: no object here may have the key "__proto__"'],
    ['POST', '/v1/runs', '{"spec":{"constructor":{"prototype":{}}}}', 'may have the key "constructor"'],
    ['POST', '/v1/runs', `{"spec":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'nested more than 100 levels deep'],
    ['POST', '/v1/runs', '{"spec":"name: a","name":"b"}', 'there is no "name"'],
    ['POST', '/v1/runs', '{"specText":"","evaluations":[]}', 'name: expected string, received undefined'],
  ] as const)('$0 $1 is told: $3: %#', async (method, url, payload, sentence) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const answer = await app.inject({ method, url, payload, headers: { 'content-type': 'application/json' } });
    const { error }: Refusal = answer.json();
    expect([answer.statusCode, error.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(error.message).toContain(sentence);
  });

  it.each(['name', 'kind'] as const)('is a plan whose data set has an empty %s', async (key) => {
    const { app } = await startTestServer();
    const dataset = { ...samplePlan().dataset, [key]: '' };
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: sampleSubmission(samplePlan({ dataset })) });
    const { error }: Refusal = answer.json();
    expect([answer.statusCode, error.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(error.message).toContain(`evaluations.0.plan.dataset.${key}`);
  });

  it.each([
    ['a kind that there is not', { kind: 'mnist2d' }, 'Did you mean "mnist1d"?'],
    ['parameters that its kind does not take', { params: { split: 'tset' } }, 'split'],
    ['samples of no shape', { sampleShape: [] }, 'sampleShape'],
  ])('is a plan whose data set has %s', async (_what, change, sentence) => {
    const { app, submissions } = await startTestServer();
    const dataset = { ...samplePlan().dataset, ...change };
    const answer = await app.inject({ method: 'POST', url: '/v1/runs', payload: sampleSubmission(samplePlan({ dataset })) });
    const { error }: Refusal = answer.json();
    expect(answer.statusCode).toBe(400);
    expect(error.message).toContain(sentence);
    expect(submissions).toEqual([]);
  });

  it('is one with more samples than a database counts', async () => {
    const { app } = await startTestServer();
    const { evaluations } = sampleSubmission(samplePlan({ samples: 2 ** 31 }));
    const answer = await app.inject({ method: 'POST', url: '/v1/reuse', payload: { evaluations } });
    expect(answer.statusCode).toBe(400);
  });
});

describe('a method that a path does not take', () => {
  it.each([
    ['PATCH', '/v1/runs', 'GET, HEAD, POST'],
    ['PUT', '/v1/runs/aa', 'DELETE, GET, HEAD, PATCH'],
    ['GET', '/v1/runs/aa/cancel', 'POST'],
    ['POST', '/v1/runs/aa/table', 'GET, HEAD'],
    ['GET', '/v1/artifacts/00', 'HEAD, PUT'],
    ['TRACE' as 'GET', '/v1/gc', 'POST'],
    ['QUERY' as 'GET', '/healthz', 'GET, HEAD'],
    ['OPTIONS', '/v1/runs/aa/evaluations/0', 'GET, HEAD'],
  ] as const)('%s %s', async (method, url, allowed) => {
    const { app } = await startTestServer();
    const headers = { 'content-type': 'application/x-unheard-of' };
    const answer = await app.inject({ method, url, headers, payload: 'a' });
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allowed]);
    expect(answer.json()).toEqual({
      error: { code: 'METHOD_NOT_ALLOWED', message: `${url} does not accept ${method}, only ${allowed}.` },
    });
  });

  it('is not told to those who have no token', async () => {
    const { app } = await startTestServer({ token: 'a-token-of-some-length' });
    expect((await app.inject({ method: 'PATCH', url: '/v1/runs' })).statusCode).toBe(401);
  });
});

describe('HEAD', () => {
  it.each([
    '/v1/runs',
    '/v1/runs/aa',
    '/v1/runs/aa/table',
    '/v1/runs/aa/evaluations/0/maps?start=0&end=2',
    '/healthz',
    '/metrics',
  ])('answers %s as GET does, without the body', async (url) => {
    const { app, addRun } = await startTestServer();
    addRun('aa');
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject(url)];
    expect([head.statusCode, head.body]).toEqual([get.statusCode, '']);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  });

  it('of a run’s events follows no run', async () => {
    const { app, addRun, followers } = await startTestServer();
    addRun('aa');
    const answer = await app.inject({ method: 'HEAD', url: '/v1/runs/aa/events' });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(followers()).toBe(0);
  });
});

describe('what is no HTTP request', () => {
  async function send(bytes: string): Promise<string> {
    const { app } = await startTestServer();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = createConnection(portOf(app), '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  }

  it.each([
    ['GET /healthz HTTP/1.1\r\nHost: localhost\r\n', `X: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'longer than 16 KiB'],
    ['HELLO\r\n', '\r\n', 400, 'This is not an HTTP/1.1 request.'],
  ])('is answered in the form of all errors: %j', async (first, second, status, sentence) => {
    const answer = await send(`${first}${second}`);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head.split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `);
    expect(head).toContain('Content-Type: application/json');
    const { error }: Refusal = JSON.parse(body) as Refusal;
    expect([error.code, error.message]).toEqual(['REQUEST_INVALID', expect.stringContaining(sentence)]);
  });
});
