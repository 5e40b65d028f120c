import { operations, type Operation } from '@xaigrid/contracts';
import { describe, expect, it } from 'vitest';
import { assertTokensDiffer } from '../src/http/listen-address.js';
import { startTestServer } from './test-server.js';
import { containing } from './text-matchers.js';

const token = 'correct-horse-battery';
const readToken = 'only-looking-battery';
const authorization = `Bearer ${readToken}`;

const all: readonly Operation[] = Object.values(operations);
/** What changes something, said apart from the table. */
// A plan opens files and runs models.
const writing = ['planSpec', 'submitRun', 'editRun', 'cancelRun', 'resumeRun', 'removeRun', 'putArtifact', 'collectGarbage'];
const addressOf = ({ path }: Operation): string =>
  path.replace(':id', 'aa').replace(':sha256', 'a'.repeat(64)).replaceAll(/:\w+/g, '0');

describe('a reader', () => {
  it.each(all.filter(({ id }) => writing.includes(id)).map((operation) => [operation.id, operation] as const))(
    'is refused %s, before its body is read',
    async (_, operation) => {
      const { app, addRun, submissions, stored } = await startTestServer({ token, readToken });
      addRun('aa');
      const { method } = operation;
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await app.inject({ method, url: addressOf(operation), headers, payload: '{' });
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toEqual({
        error: {
          code: 'FORBIDDEN',
          message:
            'This token is for readers: it sees everything and changes nothing. Use the token of XAIGRID_TOKEN on the orchestrator.',
        },
      });
      expect([submissions.length, stored.size]).toEqual([0, 0]);
    },
  );

  it.each(all.filter(({ id }) => !writing.includes(id)).map((operation) => [operation.id, operation] as const))(
    'may ask %s as a writer may',
    async (_, operation) => {
      const { app, addRun } = await startTestServer({ token, readToken, events: { shortestMs: 1 } });
      addRun('aa', 'done');
      const ask = async (given: string): Promise<number> =>
        (await app.inject({ method: operation.method, url: addressOf(operation), headers: { authorization: `Bearer ${given}` } }))
          .statusCode;
      const status = await ask(readToken);
      expect([401, 403]).not.toContain(status);
      expect(status).toBe(await ask(token));
    },
  );

  it('is told what it may do, in a session too, and may end it', async () => {
    const { app, addRun } = await startTestServer({ token, readToken });
    addRun('aa');
    expect((await app.inject('/v1/session')).statusCode).toBe(401);
    for (const [given, role] of [
      [token, 'writer'],
      [readToken, 'reader'],
    ] as const) {
      const begun = await app.inject({ method: 'POST', url: '/v1/session', payload: { token: given } });
      const [cookie = ''] = String(begun.headers['set-cookie']).split(';');
      const headers = { cookie, host: 'grid.example', origin: 'https://grid.example' };
      expect((await app.inject({ url: '/v1/session', headers })).json()).toEqual({ role });
      const cancelled = await app.inject({ method: 'POST', url: '/v1/runs/aa/cancel', headers });
      expect(cancelled.statusCode).toBe(role === 'writer' ? 200 : 403);
      expect((await app.inject({ method: 'DELETE', url: '/v1/session', headers })).statusCode).toBe(204);
    }
  });

  it('is told of paths that do not exist', async () => {
    const { app } = await startTestServer({ token, readToken });
    expect((await app.inject({ method: 'POST', url: '/nowhere', headers: { authorization } })).statusCode).toBe(404);
  });
});

it('without a token, whoever asks from this machine may write', async () => {
  const { app } = await startTestServer();
  expect((await app.inject('/v1/session')).json()).toEqual({ role: 'writer' });
});

it.each([
  [{ XAIGRID_READ_TOKEN: readToken }, 'Set XAIGRID_TOKEN too.'],
  [{ XAIGRID_READ_TOKEN: token, XAIGRID_TOKEN: token }, 'Set XAIGRID_READ_TOKEN to another secret.'],
])('refuses %j', (environment, sentence) => {
  expect(() => {
    assertTokensDiffer(environment);
  }).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID', message: containing(sentence) }));
});
