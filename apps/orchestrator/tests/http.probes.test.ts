import { Validator } from '@seriousme/openapi-schema-validator';
import { XAIGRID_VERSION, XaigridError } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { startTestServer } from './test-server.js';

describe('/healthz', () => {
  it('says that all is well', async () => {
    const { app } = await startTestServer();
    const answer = await app.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok', store: 'up', queue: 'up' }]);
  });

  it('says which part is down and nothing else', async () => {
    const { app, fail, queue } = await startTestServer();
    fail(new XaigridError('DATABASE_UNREACHABLE', 'postgresql://user:secret@db does not answer.'));
    const answer = await app.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([503, { status: 'unavailable', store: 'down', queue: 'up' }]);
    queue.healthy = false;
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'unavailable', store: 'down', queue: 'down' });
  });

  it('asks the store seldom, however often it is asked', async () => {
    const { app, control } = await startTestServer();
    let asked = 0;
    control.health = () => {
      asked += 1;
      return Promise.resolve({ postgres: '18', databaseBytes: 1 });
    };
    for (let i = 0; i < 20; i++) await app.inject('/healthz');
    expect(asked).toBe(1);
  });
});

describe('/metrics', () => {
  it('counts runs, shards, tasks and times requests', async () => {
    const { app } = await startTestServer();
    await app.inject('/v1/runs');
    await app.inject('/v1/runs/zz');
    const answer = await app.inject('/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    const lines = answer.body.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'xaigrid_runs{state="running"} 2',
        'xaigrid_runs{state="done"} 3',
        'xaigrid_runs{state="failed"} 0',
        'xaigrid_shards{state="planned"} 4',
        'xaigrid_queue_tasks{stage="explain",state="waiting"} 5',
        'xaigrid_queue_tasks{stage="score",state="in-progress"} 2',
        'xaigrid_dead_letters 7',
        'xaigrid_work_megaflop{state="open"} 60',
        'xaigrid_work_megaflop{state="done"} 30',
        'xaigrid_work_computed_megaflop_total 25',
        'xaigrid_shards_republished_total 3',
        'xaigrid_queue_messages_removed_total 5',
        'xaigrid_queue_consumers_rebuilt_total 1',
        'xaigrid_http_request_duration_seconds_count{method="GET",route="/v1/runs",status="200"} 1',
        'xaigrid_http_request_duration_seconds_count{method="GET",route="/v1/runs/:id",status="404"} 1',
      ]),
    );
    expect(answer.body).toContain('process_cpu_seconds_total');
  });

  it('leaves out what does not answer', async () => {
    const source = {
      runs: () => Promise.reject(new Error('down')),
      shards: () => Promise.resolve({ planned: 1 }),
      work: () => Promise.resolve({ total: 0, open: 0, computed: 0 }),
      mended: () => ({ republishedShards: 0, removedMessages: 0, rebuiltConsumers: 0 }),
    };
    const { app } = await startTestServer({ metrics: source });
    const { statusCode, body } = await app.inject('/metrics');
    expect(statusCode).toBe(200);
    expect(body).not.toContain('xaigrid_runs{');
    expect(body).toContain('xaigrid_shards{state="planned"} 1');
  });
});

describe('/openapi.json', () => {
  it('is valid OpenAPI 3.1 and leaves no route out', async () => {
    const { app } = await startTestServer({ token: 'correct-horse-battery' });
    const answer = await app.inject({ url: '/openapi.json', headers: { authorization: 'Bearer correct-horse-battery' } });
    const document: { info: { version: string }; paths: Record<string, Record<string, unknown>> } = answer.json();
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(document.info.version).toBe(XAIGRID_VERSION);
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual(
      [
        'POST /v1/runs',
        'GET /v1/runs',
        'GET /v1/runs/{id}',
        'DELETE /v1/runs/{id}',
        'PATCH /v1/runs/{id}',
        'POST /v1/runs/{id}/cancel',
        'POST /v1/runs/{id}/resume',
        'GET /v1/runs/{id}/table',
        'GET /v1/runs/{id}/comparisons',
        'GET /v1/runs/{id}/ranking',
        'GET /v1/runs/{id}/scores',
        'GET /v1/runs/{id}/events',
        'GET /v1/runs/{id}/histogram',
        'GET /v1/runs/{id}/sample-pairs',
        'GET /v1/runs/{id}/evaluations',
        'GET /v1/runs/{id}/evaluations/{ordinal}',
        'GET /v1/runs/{id}/evaluations/{ordinal}/map-records',
        'GET /v1/runs/{id}/evaluations/{ordinal}/maps',
        'GET /v1/runs/{id}/evaluations/{ordinal}/model',
        'GET /v1/runs/{id}/evaluations/{ordinal}/predictions',
        'GET /v1/runs/{id}/evaluations/{ordinal}/samples/{index}',
        'GET /v1/runs/{id}/evaluations/{ordinal}/samples/{index}/region',
        'POST /v1/runs/{id}/evaluations/{ordinal}/samples/{index}/masked',
        'GET /v1/runs/{id}/evaluations/{ordinal}/samples/{index}/thumbnail',
        'GET /v1/runs/{id}/samples',
        'HEAD /v1/artifacts/{sha256}',
        'PUT /v1/artifacts/{sha256}',
        'POST /v1/plan',
        'POST /v1/reuse',
        'GET /v1/activity',
        'GET /v1/inputs',
        'GET /v1/spec-schema',
        'POST /v1/gc',
        'GET /v1/health',
        'GET /v1/catalog',
        'GET /v1/session',
        'POST /v1/session',
        'DELETE /v1/session',
        'GET /healthz',
        'GET /metrics',
      ]
        .flatMap((route) => (route.startsWith('GET ') ? [route, route.replace('GET', 'HEAD')] : [route]))
        .sort(),
    );
    expect(answer.body).not.toContain('$defs');
  });

  it('describes a query as what it is', async () => {
    const { app } = await startTestServer();
    const document: { paths: Record<string, { get: { parameters: { name: string; schema: unknown }[] } }> } = (
      await app.inject('/openapi.json')
    ).json();
    const parameters = document.paths['/v1/runs/{id}/scores']?.get.parameters ?? [];
    expect(parameters.find(({ name }) => name === 'limit')).toEqual({
      ...{ in: 'query', name: 'limit', required: false, description: 'Scores per page; default 100.' },
      schema: { type: 'integer', minimum: 1, maximum: 10_000, example: 1 },
    });
    expect(parameters.find(({ name }) => name === 'degenerate')?.schema).toEqual({ type: 'boolean' });
  });
});
