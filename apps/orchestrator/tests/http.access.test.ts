import { describe, expect, it } from 'vitest';
import { isLoopbackHost } from '../src/http/access.js';
import { listenAddress } from '../src/http/listen-address.js';
import { startTestServer } from './test-server.js';
import { containing } from './text-matchers.js';

const token = 'correct-horse-battery';

describe('with a token', () => {
  it.each(['/v1/runs', '/v1/health', '/metrics', '/openapi.json', '/nowhere'])('%s wants it', async (url) => {
    const { app } = await startTestServer({ token });
    const without = await app.inject(url);
    expect(without.statusCode).toBe(401);
    expect(without.headers['www-authenticate']).toBe('Bearer realm="xaigrid"');
    expect(without.json()).toMatchObject({ error: { code: 'UNAUTHORIZED', message: containing('XAIGRID_TOKEN') } });
    const withIt = await app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    expect(withIt.statusCode).toBe(url === '/nowhere' ? 404 : 200);
  });

  it.each([`Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, 'Bearer ', `Basic ${token}`, token, `Bearer ${token} x`])(
    'refuses "%s"',
    async (authorization) => {
      const { app } = await startTestServer({ token });
      const answer = await app.inject({ url: '/v1/runs', headers: { authorization } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('invalid_token');
      expect(answer.body).not.toContain(token);
    },
  );

  it('lets /healthz be asked by everybody, under any name', async () => {
    const { app } = await startTestServer({ token });
    expect((await app.inject({ url: '/healthz', headers: { host: 'orchestrator.example' } })).statusCode).toBe(200);
  });

  it('answers nothing of the body before the token is checked', async () => {
    const { app, submissions } = await startTestServer({ token });
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/runs',
      payload: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.statusCode, submissions.length]).toEqual([401, 0]);
  });

  it('lets whoever brings none ask again and again: a page waits for its login so', async () => {
    const { app } = await startTestServer({ token });
    for (let i = 0; i < 40; i++) expect((await app.inject('/v1/session')).statusCode).toBe(401);
    expect((await app.inject({ method: 'POST', url: '/v1/session', payload: { token } })).statusCode).toBe(204);
  });

  it.each([{ authorization: 'Bearer wrong-horse-battery' }, { cookie: 'xaigrid-session=9999999999.AAAA' }])(
    'makes whoever guesses wait: %j',
    async (headers) => {
      const { app } = await startTestServer({ token });
      for (let i = 0; i < 30; i++) expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(401);
      expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(429);
    },
  );
});

describe('without a token', () => {
  it.each([
    [{ host: 'evil.example' }, 401],
    [{ host: 'localhost.evil.example:8080' }, 401],
    [{ host: '127.0.0.1:8080', origin: 'https://evil.example' }, 401],
    [{ host: '127.0.0.1:8080', origin: 'null' }, 401],
    [{ host: '127.0.0.1:8080' }, 200],
    [{ host: 'localhost', origin: 'http://localhost:3000' }, 200],
    [{ host: '[::1]:8080' }, 200],
  ])('%j is answered %i: only this machine asks', async (headers, status) => {
    const { app } = await startTestServer();
    expect((await app.inject({ url: '/v1/runs', headers })).statusCode).toBe(status);
  });
});

it('limits the requests of one address, probes excepted', async () => {
  const { app } = await startTestServer({ requestsPerMinute: 3 });
  for (let i = 0; i < 3; i++) expect((await app.inject('/v1/runs')).statusCode).toBe(200);
  const answer = await app.inject('/v1/runs');
  expect(answer.statusCode).toBe(429);
  expect(answer.headers['retry-after']).toBeDefined();
  expect(answer.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  expect((await app.inject('/healthz')).statusCode).toBe(200);
});

describe('where it listens', () => {
  it('is this machine by default', () => {
    expect(listenAddress({})).toEqual({ host: '127.0.0.1', port: 8080 });
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'node7', '127.0.0.1.example'])('%s needs a token', (host) => {
    expect(() => listenAddress({ XAIGRID_HOST: host })).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }));
    expect(listenAddress({ XAIGRID_HOST: host, XAIGRID_PORT: 1, XAIGRID_TOKEN: token })).toEqual({ host, port: 1 });
  });

  it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1', '0:0:0:0:0:0:0:1'])('%s needs none', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });
});
